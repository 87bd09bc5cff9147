"""Surround every request: the wire, admission, sign-in, budgets, headers, errors, health."""
