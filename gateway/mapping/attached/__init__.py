"""The fifth law of mappings: after an edit nothing attached to the old value contradicts the new one."""

from gateway.mapping.attached.settle import EditWarning, Settled, settled

__all__ = ["EditWarning", "Settled", "settled"]
