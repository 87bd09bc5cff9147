"""Read the change feed, and follow it."""
