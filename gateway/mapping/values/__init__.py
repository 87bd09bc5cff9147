"""Define what a type of the mapping language is, and the values that all types are built from."""
