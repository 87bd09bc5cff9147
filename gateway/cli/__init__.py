"""The command line. Each command reads its arguments, calls one function and prints; errors end in `run`."""

from gateway.cli.main import app

__all__ = ["app"]
