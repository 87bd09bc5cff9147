"""Represent a search as a tree of plain values."""
