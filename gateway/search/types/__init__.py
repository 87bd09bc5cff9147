"""The search parameter types: one module each, holding both halves, what to index and how to match.

A module is a `SearchType`; to add one, write it and add its line to TYPES. Nothing else knows a type by name.
"""

from collections.abc import Sequence, Set
from typing import Any, Protocol

from gateway.search.parameters import Parameter
from gateway.search.tokens import Filter
from gateway.search.types import date, identity, number, quantity, reference, string, token, updated, uri


class SearchType(Protocol):
    @property
    def FIELD(self) -> str:
        """The array of the stored document that holds the entries: k, d or q."""

    @property
    def MODIFIERS(self) -> Set[str]:
        """What may follow `parameter:`, beside `missing`, which all know."""

    def index(self, name: str, kind: str, value: Any) -> Sequence[Any]:
        """The entries of one FHIR value of the given FHIR type; empty if it holds nothing to search for."""

    def where(self, name: str, parameter: Parameter, modifier: str | None, value: str) -> Filter:
        """The documents whose entries called `name` match a value as written. Raises BadRequest, NotSupported."""

    def present(self, name: str, parameter: Parameter) -> Filter:
        """The documents that have any value."""


TYPES: dict[str, SearchType] = {
    "date": date,
    "identity": identity,
    "number": number,
    "quantity": quantity,
    "reference": reference,
    "string": string,
    "token": token,
    "updated": updated,
    "uri": uri,
}
