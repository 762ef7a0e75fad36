"""The Python side of the bed: each OpenStack service as one process, API and workers as threads, on SQLite and without a broker."""
