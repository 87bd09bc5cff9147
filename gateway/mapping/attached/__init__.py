"""Keep the fifth law of mappings: after an edit, nothing attached to the old value contradicts the new one."""

from gateway.mapping.attached.settle import EditedResource, EditWarning, settle

__all__ = ["EditWarning", "EditedResource", "settle"]
