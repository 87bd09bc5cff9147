"""Write the edited fields of a document back into the resource."""
