"""Render the pages that people look at."""
