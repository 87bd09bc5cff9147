"""Read the operations of a FHIRPath patch from Parameters, and check their form."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.errors import BadRequest, Invalid

_NEEDS = {
    "add": ("path", "name", "value"),
    "insert": ("path", "index", "value"),
    "delete": ("path",),
    "replace": ("path", "value"),
    "move": ("path", "source", "destination"),
}
_TEXTS, _NUMBERS = ("type", "path", "name"), ("index", "source", "destination")


@dataclass(frozen=True, slots=True)
class PatchOperation:
    """One operation of a FHIRPath patch.

    number: its position in the patch.
    at: its place in the patch, `Parameters.parameter[0]`.
    type: add, insert, delete, replace or move.
    path: the FHIRPath of the element, or of the list for insert and move.
    value: the part `value`, which holds the new element.
    """

    number: int
    at: str
    type: str
    path: str
    name: str = ""
    index: int = 0
    source: int = 0
    destination: int = 0
    value: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"operation {self.number} ({self.type} {self.path})"

    def invalid(self, reason: str) -> Invalid:
        """Return the error that this operation cannot be applied."""
        return Invalid(f"{self}: {reason}", expression=self.at)


def operations(patch: Any) -> list[PatchOperation]:
    """Return the operations of a patch. Raises BadRequest with the place in the patch."""
    if not isinstance(patch, dict) or patch.get("resourceType") != "Parameters":
        raise BadRequest("a FHIRPath patch must be a Parameters resource")
    parameters = patch.get("parameter", [])
    if not isinstance(parameters, list):
        raise BadRequest("parameter must be a list", expression="Parameters.parameter")
    return [_operation(parameter, index) for index, parameter in enumerate(parameters)]


def _operation(parameter: Any, number: int) -> PatchOperation:
    at = f"Parameters.parameter[{number}]"
    if not isinstance(parameter, dict) or parameter.get("name") != "operation":
        raise BadRequest(f"parameter {number} must be an operation", expression=at)
    parts = dict(_parts(parameter.get("part"), at))
    type_ = parts.get("type")
    if not isinstance(type_, str) or type_ not in _NEEDS:
        raise BadRequest(f"operation {number} needs a type: {', '.join(_NEEDS)}", expression=at)
    for name in _NEEDS[type_]:
        if name not in parts:
            raise BadRequest(f"operation {number} ({type_}) needs {name}", expression=at)
    return PatchOperation(number, at, **parts)


def _parts(parts: Any, at: str) -> Iterator[tuple[str, Any]]:
    seen = set[str]()
    for index, part in enumerate(parts if isinstance(parts, list) else ()):
        place = f"{at}.part[{index}]"
        name = part.get("name") if isinstance(part, dict) else None
        if not isinstance(name, str) or name in seen or name not in (*_TEXTS, *_NUMBERS, "value"):
            raise BadRequest(f"unknown or repeated part of an operation: {str(name)[:40]}", expression=place)
        seen.add(name)
        yield name, part if name == "value" else _plain(part, name, place)


def _plain(part: dict[str, Any], name: str, at: str) -> str | int:
    values = [value for key, value in part.items() if key.startswith("value")]
    value = values[0] if len(values) == 1 else None
    if name in _TEXTS and isinstance(value, str) and value:
        return value
    if name in _NUMBERS and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise BadRequest(f"{name} must be a {'string' if name in _TEXTS else 'whole number from 0'}", expression=at)
