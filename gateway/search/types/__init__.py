"""The types of search parameters: one module for each, with both halves, what to index and how to match.

A module is a `SearchType`; to add one, write it and add its line to the table.
"""

from gateway.search.types import composite, identity, updated
from gateway.search.types.simple import SIMPLE, SearchType

__all__ = ["TYPES", "UNSTORED", "SearchType"]

UNSTORED = frozenset({"identity", "updated", "words"})
"""Types without index entries: columns of the stored document, and text, which has an index of its own."""

TYPES: dict[str, SearchType] = {**SIMPLE, "composite": composite, "identity": identity, "updated": updated}
