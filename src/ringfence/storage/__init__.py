"""Files on this machine: settings, status, memory, history, secrets."""
