"""The search parameter types: one module each, holding both halves, what to index and how to match.

A module is a `SearchType`; to add one, write it and add its line to a table. Nothing else knows a type by name.
"""

from gateway.search.types import composite, identity, updated
from gateway.search.types.simple import SIMPLE, SearchType

__all__ = ["TYPES", "UNSTORED", "SearchType"]

UNSTORED = frozenset({"identity", "updated", "words"})
"""What needs no entries in the index: columns of the document, and the words, which are kept elsewhere."""

TYPES: dict[str, SearchType] = {**SIMPLE, "composite": composite, "identity": identity, "updated": updated}
