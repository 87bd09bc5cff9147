"""The table of search types of a single value, of which composites are made."""

from collections.abc import Sequence, Set
from typing import Any, Protocol

from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.tokens import Filter
from gateway.search.types import date, near, number, phonetic, quantity, reference, string, token, uri


class SearchType(Protocol):
    """A module that indexes and matches one type of search parameter."""

    @property
    def FIELD(self) -> str:
        """The field of the stored document that holds the entries: k, d, q, g or c."""

    @property
    def MODIFIERS(self) -> Set[str]:
        """The modifiers that may follow `parameter:`, besides `missing`, which all types have."""

    def index(self, name: str, kind: str, value: Any) -> Sequence[Any]:
        """Return the entries of one FHIR value; none if the value holds nothing to search for.

        name: the parameter, as it is stored. kind: the FHIR type of the value.
        """

    def where(self, name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
        """Return the filter of the documents with an entry `name` that matches a value as written.

        Raises BadRequest for a value of another form, NotSupported for unknown terminology.
        """

    def present(self, name: str, parameter: Parameter) -> Filter:
        """Return the filter of the documents that have any value."""


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
