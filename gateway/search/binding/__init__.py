"""Bind a parsed search to its context: each comparison becomes the filters that it means."""
