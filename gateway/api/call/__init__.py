"""Represent one interaction as it was asked for, by HTTP or by an entry of a Bundle."""
