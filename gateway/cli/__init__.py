"""The command line. Each command reads its arguments, calls one function and prints; errors end in `run`.

A module here imports at its top only what its options need, and all else inside the function that uses it: help and
the commands that need no database then start in a fraction of a second.
"""

from gateway.cli.main import app

__all__ = ["app"]
