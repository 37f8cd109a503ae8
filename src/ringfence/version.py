"""Which program this is: the one place that carries its version and its id."""

__version__ = "0.1.0"
APP_ID = "io.github.ringfence.Ringfence"
"""One reverse-DNS id everywhere: desktop file, icons, Wayland app id, notifications, macOS, Windows (PACKAGING 2.4)."""
