"""Extract from a resource what it can be found by."""
