"""Compile a search into the filter and the order for MongoDB."""
