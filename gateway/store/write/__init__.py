"""Commit writes: the only way into the database."""
