"""`_id`, which is a column of the stored document, `Type/id`, and has no index entries."""

from typing import Any

from gateway.fhir import r4
from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.ranges import refuse
from gateway.search.notation.tokens import Filter
from gateway.search.notation.values import fields

FIELD = "k"
MODIFIERS = frozenset({"not"})


def index(name: str, kind: str, value: Any) -> list[Any]:
    """Return the index entries of ids (see SearchType)."""
    return []


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    """Return the filter for ids (see SearchType)."""
    written = fields(value)
    if len(written) != 1 or not written[0]:
        raise refuse(parameter.name, value, "an id")
    if parameter.targets:
        return {"_id": f"{parameter.targets[0]}/{written[0]}"}
    return {"_id": {"$in": [f"{kind}/{written[0]}" for kind in sorted(r4.resource_types())]}}


def present(name: str, parameter: Parameter) -> Filter:
    """Return the filter of documents that have any value."""
    return {}
