"""The JSON that programs get, whoever hands it out: `--json` of a command or the local API. Types, made from views."""
