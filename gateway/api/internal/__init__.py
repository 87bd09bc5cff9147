"""Serve the internal documents to applications (read, filter, edit), and dead letters and quality to operators.

Decimals are numbers with the stored precision, times are ISO 8601 in UTC. Errors are problem JSON (RFC 9457). The
collections and their fields follow from the present mappings: see docs/reference/internal-interface.md.
"""

from gateway.api.internal.routes import internal_routes

__all__ = ["internal_routes"]
