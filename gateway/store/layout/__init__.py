"""Define what the database holds: collections, indexes, records, and how values are encoded."""
