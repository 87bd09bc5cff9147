"""Follow a path into JSON: where values stand, and where a new value belongs."""
