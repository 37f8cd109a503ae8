"""The pure core: it decides, the edges do. No I/O, no clock, no Qt."""
