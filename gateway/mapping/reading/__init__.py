"""Read the fields of a document from a resource."""
