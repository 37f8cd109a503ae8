"""The one place that carries the version."""

__version__ = "0.1.0"
