"""Prove that what is stored agrees with itself."""
