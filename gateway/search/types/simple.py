"""The search types of a single value; composites are made of these."""

from collections.abc import Sequence, Set
from typing import Any, Protocol

from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.tokens import Filter
from gateway.search.types import date, near, number, phonetic, quantity, reference, string, token, uri


class SearchType(Protocol):
    @property
    def FIELD(self) -> str:
        """The array of the stored document that holds the entries: k, d, q, g or c."""

    @property
    def MODIFIERS(self) -> Set[str]:
        """What may follow `parameter:`, beside `missing`, which all know."""

    def index(self, name: str, kind: str, value: Any) -> Sequence[Any]:
        """The entries of one FHIR value of the given FHIR type; empty if it holds nothing to search for."""

    def where(self, name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
        """The documents whose entries called `name` match a value as written. Raises BadRequest, NotSupported."""

    def present(self, name: str, parameter: Parameter) -> Filter:
        """The documents that have any value."""


SIMPLE: dict[str, SearchType] = {
    "date": date,
    "number": number,
    "phonetic": phonetic,
    "quantity": quantity,
    "reference": reference,
    "special": near,
    "string": string,
    "token": token,
    "uri": uri,
}
