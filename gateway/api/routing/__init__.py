"""Define what a table of routes consists of, and read the content that a route accepts."""
