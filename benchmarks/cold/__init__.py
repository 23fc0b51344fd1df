"""Programs for fresh processes. Each is run by its path and imports nothing but what it measures."""
