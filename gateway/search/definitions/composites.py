"""Composite parameters: several values that must hold of the same thing (https://hl7.org/fhir/R4/search.html#combining).

Where that thing is the resource itself (Observation's `code-value-quantity`), the parameters of its parts joined by and
say the same and nothing needs to be stored. Where it is an element (`component-code-value-quantity`), each such element
is indexed for itself, see `gateway.search.types.composite`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gateway.fhir import r4
from gateway.search.definitions.definition import Component, Parameter, of_type, parts

WHOLE = ""
"""The `stored` name of a composite on the resource itself."""

_PARTS = {"token", "string", "date", "number", "quantity", "reference", "uri"}


def composites(type_: str, found: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """The composite parameters of a type whose other parameters are `found`."""
    defined = {
        name: definition
        for name, definition in r4.search_parameters().get(type_, {}).items()
        if definition.type == "composite" and all(part.type in _PARTS for part in definition.components)
    }
    made = {name: _composite(type_, name, definition, found) for name, definition in defined.items()}
    offered = {
        name: one for name, one in made.items() if WHOLE not in one.stored or all(part.whole for part in one.components)
    }
    return {name: _shared(one, offered.values()) for name, one in offered.items()}


def _composite(type_: str, name: str, definition: r4.SearchParameter, found: Mapping[str, Parameter]) -> Parameter:
    components = tuple(
        Component(
            one.type, _expression(one, definition, found), found.get(one.code), _whole(type_, one, found.values())
        )
        for one in definition.components
    )
    contexts = parts(definition.expression or "")
    inner = " | ".join(context for context in contexts if context != type_)
    stored = (*((WHOLE,) if type_ in contexts else ()), *((name,) if inner else ()))
    return Parameter(name, "composite", inner, stored=stored, rank=3, components=components)


def _expression(component: r4.Component, definition: r4.SearchParameter, found: Mapping[str, Parameter]) -> str:
    """Where the parts of a composite have each other's expression, as in DocumentReference's `relationship`, the
    parameter that a part names says what is meant."""
    sibling = found.get(component.code)
    named = sibling.expression.removeprefix(f"{definition.expression}.") if sibling else ""
    others = {one.expression for one in definition.components if one is not component}
    return of_type(named if named in others else component.expression)


def _whole(type_: str, component: r4.Component, found: Iterable[Parameter]) -> Parameter | None:
    """The parameter that says of the resource what the component says of its context."""
    wanted = {f"{type_}.{part}" for part in parts(of_type(component.expression))}
    alike = [one for one in found if one.type == component.type and wanted & set(parts(one.expression))]
    return min(alike, key=lambda one: (len(parts(one.expression)), one.name), default=None)


def _shared(parameter: Parameter, all_: Iterable[Parameter]) -> Parameter:
    """Stored under the name of a simpler composite that has the same entries."""
    said = [component.expression for component in parameter.components]
    for other in all_:
        same = other.expression == parameter.expression and [c.expression for c in other.components] == said
        if same and other.expression and WHOLE not in other.stored and WHOLE in parameter.stored:
            return replace(parameter, stored=(WHOLE, other.name))
    return parameter
