"""The local API: what programs of the person's may ask, set and follow over HTTP (docs/api.md). Knows no monitor.

Everything but `extra`, `port`, `wishes`, `answers`, `routes`, `openapi`, `metrics` and `hub` needs the package aiohttp,
and is imported when the API is switched on.
"""
