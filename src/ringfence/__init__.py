"""Ringfence: rings for a Claude subscription and a gate for the agents that use it."""
