"""Work out from a path where its values stand in the JSON, and where a new value belongs."""
