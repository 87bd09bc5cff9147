"""Define composite parameters: several values of the same thing (https://hl7.org/fhir/R4/search.html#combining).

Where that thing is the resource itself (Observation's `code-value-quantity`), the parameters of the parts, joined by
and, mean the same, and nothing is stored. Where it is an element (`component-code-value-quantity`), each such element
has an index entry of its own, see `gateway.search.types.composite`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gateway.fhir import r4
from gateway.search.definitions.definition import CompositePart, Parameter, of_type, parts

WHOLE = ""
"""The name in `stored` that stands for the resource itself."""

_PARTS = {"token", "string", "date", "number", "quantity", "reference", "uri"}


def composites(type_: str, others: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Return the composite parameters of a type, given its other parameters."""
    defined = {
        name: definition
        for name, definition in r4.search_parameters().get(type_, {}).items()
        if definition.type == "composite" and all(part.type in _PARTS for part in definition.components)
    }
    candidates = {name: _composite(type_, name, definition, others) for name, definition in defined.items()}
    offered = {
        name: composite
        for name, composite in candidates.items()
        if WHOLE not in composite.stored or all(part.whole for part in composite.components)
    }
    return {name: _shared(composite, offered.values()) for name, composite in offered.items()}


def _composite(type_: str, name: str, definition: r4.SearchParameter, others: Mapping[str, Parameter]) -> Parameter:
    components = tuple(
        CompositePart(
            part.type,
            _expression(part, definition, others),
            others.get(part.code),
            _whole(type_, part, others.values()),
        )
        for part in definition.components
    )
    contexts = parts(definition.expression or "")
    inner = " | ".join(context for context in contexts if context != type_)
    stored = (*((WHOLE,) if type_ in contexts else ()), *((name,) if inner else ()))
    return Parameter(name, "composite", inner, stored=stored, rank=3, components=components)


def _expression(component: r4.Component, definition: r4.SearchParameter, others: Mapping[str, Parameter]) -> str:
    """Return the expression of a part. In some definitions the parts have each other's, as in DocumentReference's
    `relationship`; then that of the parameter that the part names is meant."""
    sibling = others.get(component.code)
    named = sibling.expression.removeprefix(f"{definition.expression}.") if sibling else ""
    of_siblings = {part.expression for part in definition.components if part is not component}
    return of_type(named if named in of_siblings else component.expression)


def _whole(type_: str, component: r4.Component, others: Iterable[Parameter]) -> Parameter | None:
    """Return the parameter that has, of the resource, the values that a part has of its context; None without one."""
    paths = {f"{type_}.{part}" for part in parts(of_type(component.expression))}
    alike = [other for other in others if other.type == component.type and paths & set(parts(other.expression))]
    return min(alike, key=lambda other: (len(parts(other.expression)), other.name), default=None)


def _shared(parameter: Parameter, all_: Iterable[Parameter]) -> Parameter:
    """Return a composite, stored under the name of a simpler one if that has the same entries."""
    said = [component.expression for component in parameter.components]
    for other in all_:
        same = other.expression == parameter.expression and [c.expression for c in other.components] == said
        if same and other.expression and WHOLE not in other.stored and WHOLE in parameter.stored:
            return replace(parameter, stored=(WHOLE, other.name))
    return parameter
