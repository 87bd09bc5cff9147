"""Build the answers of interactions, and write them as HTTP responses or as entries of a Bundle."""
