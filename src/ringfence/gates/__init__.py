"""How programs are told: one file a gate channel, each with a `SPEC`."""
