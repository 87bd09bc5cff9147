"""Define what a type of the mapping language is, and the values from which all types are built."""
