"""Where usage is read: one file a source, each with a `SPEC`."""
