"""The command line. Each command reads its arguments, calls one function and prints; `run` is the only error boundary."""

from gateway.cli.main import app

__all__ = ["app"]
