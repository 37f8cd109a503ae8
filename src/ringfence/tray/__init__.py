"""The tray app: the only Qt."""
