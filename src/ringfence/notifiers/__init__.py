"""How the person is told: one file a notifier, each with a `SPEC`."""
