"""The command line: text and JSON. It knows nothing of Qt."""
