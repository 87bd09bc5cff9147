"""Suggest what to write instead of a type that does not exist, or that cannot read what its path yields."""

from gateway.fhir import r4
from gateway.fhir.path.nodes import Binary, TypeTest, Unary
from gateway.fhir.path.parser import parse
from gateway.mapping.source.suggestions import folded, listed, nearest
from gateway.mapping.source.yaml_source import brief
from gateway.mapping.types import TYPES
from gateway.mapping.values.lens import Type


def unreadable(type_: Type, path: str, context: str, reached: frozenset[str]) -> str:
    """Return the refusal of a type that does not read all the FHIR types that its path yields (`reached`).

    It names a narrower path and the types that read everything, if there are any.
    """
    text = f"type {type_.name} does not read {listed(reached - type_.lenses.keys())}, "
    text += f"which path {brief(path)!r} on {context} yields"
    readable = [name for name in type_.lenses if name in reached]
    if readable:
        start = f"({path})" if isinstance(parse(path), Binary | TypeTest | Unary) else path
        text += f"; narrow it, such as {start}.ofType({readable[0]})"
    others = [name for name, other in TYPES.items() if reached <= other.lenses.keys()]
    return text + (f"; it is read by type {listed(others)}" if others else "")


def for_unknown_type(name: str) -> str:
    """Return the types that read the FHIR type of that name, else the type with the nearest name, else ""."""
    fhir_type = next((type_ for type_ in r4.types() if folded(type_) == folded(name)), None)
    readers = [type_.name for type_ in TYPES.values() if fhir_type in type_.lenses]
    return f"; FHIR's {fhir_type} is read by type {listed(readers)}" if readers else nearest(name, TYPES)


def for_unknown_element(context: str) -> str:
    """Return where paths start from, "" if that is the resource itself."""
    return "" if context in r4.resource_types() else f"; below `fields` a path starts from {context}"
