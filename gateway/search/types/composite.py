"""Composites, values of the same element: https://hl7.org/fhir/R4/search.html#combining

An entry is a small document of its own, `{p, k, d, q}`, for one element: in it the first part of the parameter is named
"0", the second "1". So the filters for documents match such an entry as they are.
"""

from typing import Any

from gateway.search.context import Context
from gateway.search.definitions.composites import WHOLE
from gateway.search.definitions.parameters import CompositePart, Parameter
from gateway.search.notation.ranges import refuse
from gateway.search.notation.tokens import Filter
from gateway.search.notation.values import split
from gateway.search.types.simple import SIMPLE

FIELD = "c"
MODIFIERS: frozenset[str] = frozenset()


def index(name: str, kind: str, value: Any) -> list[dict[str, Any]]:
    """Return the entry of one element. `value`: for each part its search type, and its values with their FHIR types."""
    entry: dict[str, Any] = {"p": name}
    for number, (type_, typed) in enumerate(value):
        entries = [part for kind_, content in typed for part in SIMPLE[type_].index(str(number), kind_, content)]
        if not entries:
            return []
        entry.setdefault(SIMPLE[type_].FIELD, []).extend(entries)
    return [entry]


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    """Return the filter for combined values (see SearchType)."""
    written = split(value, "$")
    if len(written) != len(parameter.components) or not all(written):
        raise refuse(parameter.name, value, f"{len(parameter.components)} values joined by $")
    pairs = list(zip(parameter.components, written, strict=True))
    if name == WHOLE:
        return {"$and": [_any(component.whole, part, context) for component, part in pairs if component.whole]}
    inner = [_part(str(number), parameter, *pair, context) for number, pair in enumerate(pairs)]
    narrowed = [_any(component.sibling, part, context) for component, part in pairs[:1] if component.sibling]
    return {"$and": [*narrowed, {"c": {"$elemMatch": {"p": name, "$and": inner}}}]}


def _any(parameter: Parameter, value: str, context: Context) -> Filter:
    kind = SIMPLE[parameter.type]
    filters = [kind.where(name, parameter, None, value, context) for name in parameter.stored]
    return filters[0] if len(filters) == 1 else {"$or": filters}


def _part(number: str, parameter: Parameter, component: CompositePart, value: str, context: Context) -> Filter:
    alone = component.sibling or component.whole
    targets, system = (alone.targets, alone.system) if alone else ((), None)
    part = Parameter(parameter.name, component.type, "", targets, system=system)
    return SIMPLE[component.type].where(number, part, None, value, context)


def present(name: str, parameter: Parameter) -> Filter:
    """Return the filter of documents that have any value."""
    if name == WHOLE:
        wholes = [component.whole for component in parameter.components if component.whole]
        return {"$and": [SIMPLE[whole.type].present(stored, whole) for whole in wholes for stored in whole.stored[:1]]}
    return {"c": {"$elemMatch": {"p": name}}}
