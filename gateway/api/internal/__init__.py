"""The internal documents over HTTP, for applications: read, filtered, edited; dead letters and quality for operators.

Decimals are numbers with the precision stored, times ISO 8601 in UTC. Errors are problem JSON (RFC 9457). What may be
asked and written follows from the mappings as they are at that moment: docs/internal.md.
"""

from gateway.api.internal.routes import internal_routes

__all__ = ["internal_routes"]
