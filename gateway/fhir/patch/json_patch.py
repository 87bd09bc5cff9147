"""JSON Patch (RFC 6902), by the library jsonpatch. It gets one operation at a time, so that errors can name it."""

from decimal import Decimal
from typing import Any

import jsonpatch

from gateway import budget
from gateway.errors import BadRequest, Conflict, Invalid
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.patch.identity import check_identity

_NEEDS = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("path", "from"),
    "copy": ("path", "from"),
    "test": ("path", "value"),
}
_FAULTS = (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, RecursionError)

_MAX_COPIED = 16_000_000
"""The weight that all copies of a patch may have together. Forty copies of a list into itself would make a trillion."""
_VALUE_WEIGHT = 64
"""The weight of a value, to which the characters of a text are added."""


def apply(resource: Resource, patch: Any) -> Resource:
    """Return a patched copy. Raises as `patched` does, and Invalid if the patch would change resourceType or id."""
    return check_identity(resource, patched(resource, patch))


def patched(value: Any, patch: Any) -> Any:
    """Return a patched copy of any JSON value.

    Raises BadRequest if the patch is malformed, Invalid if it cannot be applied, Conflict if a test fails.
    """
    if not isinstance(patch, list):
        raise BadRequest("a JSON Patch is an array of operations")
    budget.spend(values=len(patch))
    operations = [_checked(operation, index) for index, operation in enumerate(patch)]
    result, emptied, copied = fhir_json.deep_copy(value), list[Any](), 0
    for index, operation in enumerate(operations):
        budget.check()
        if operation["op"] == "copy":
            copied += _weight(result, operation["from"])
        if copied > _MAX_COPIED:
            raise Invalid(f"operation {index} (copy) makes the resource too large", expression=f"[{index}]")
        result = _applied(result, operation, index, emptied)
    fhir_json.check_depth(result)
    return _without(result, {id(container) for container in emptied})


def _weight(document: Any, pointer: str) -> int:
    """Return the weight of the value at `pointer`, 0 if there is no value."""
    try:
        waiting = [jsonpatch.JsonPointer(pointer).resolve(document)]
    except _FAULTS:
        return 0
    weight = 0
    while waiting and weight <= _MAX_COPIED:
        value = waiting.pop()
        weight += _VALUE_WEIGHT + (len(value) if isinstance(value, str) else 0)
        if isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
    return weight


def _checked(operation: Any, index: int) -> dict[str, Any]:
    """Check the form of an operation. Return a copy, because its value becomes a part of the resource."""
    if not isinstance(operation, dict) or operation.get("op") not in tuple(_NEEDS):
        raise BadRequest(f"operation {index} must be one of {', '.join(_NEEDS)}", expression=f"[{index}]")
    for member in _NEEDS[operation["op"]]:
        if member not in operation or (member != "value" and not _is_pointer(operation[member])):
            what = "a value" if member == "value" else f"a JSON Pointer as {member}"
            raise BadRequest(f"operation {index} ({operation['op']}) needs {what}", expression=f"[{index}].{member}")
    copied: dict[str, Any] = fhir_json.deep_copy(operation)
    return copied


def _is_pointer(text: Any) -> bool:
    try:
        return isinstance(text, str) and jsonpatch.JsonPointer(text) is not None
    except jsonpatch.JsonPointerException:
        return False


def _applied(document: Any, operation: dict[str, Any], index: int, emptied: list[Any]) -> Any:
    """Apply one operation in place, and return the document. Add the list or object that it empties to `emptied`."""
    name = f"operation {index} ({operation['op']} {operation['path']})"
    if operation["op"] == "test":
        if not _holds(document, operation):
            raise Conflict(f"{name} fails", expression=f"[{index}].path")
        return document
    removed = {"remove": "path", "move": "from"}.get(operation["op"])
    try:
        holder = _holder(document, operation[removed]) if removed else None
        document = jsonpatch.JsonPatch([operation]).apply(document, in_place=True)
    except _FAULTS:
        member, reason = _fault(document, operation)
        raise Invalid(f"{name} cannot be applied: {reason}", expression=f"[{index}].{member}") from None
    if holder in ({}, []):
        emptied.append(holder)
    return document


def _fault(document: Any, operation: dict[str, Any]) -> tuple[str, str]:
    """Return the member of `operation` that cannot be followed in `document`, and the reason."""
    if "from" in _NEEDS[operation["op"]] and (reason := _gap(document, operation["from"], adds=False)):
        return "from", reason
    adds = operation["op"] in ("add", "copy", "move")
    return "path", _gap(document, operation["path"], adds=adds) or "it cannot be done to this element"


def _gap(document: Any, pointer: str, *, adds: bool) -> str:
    """Say which step of `pointer` does not exist in `document`; "" if all do."""
    written, element = pointer.split("/")[1:], document
    for number, step in enumerate(jsonpatch.JsonPointer(pointer).parts):
        around = "/".join(["", *written[:number]]) or "the resource"
        if isinstance(element, dict):
            if step not in element:
                return _absent("/".join(["", *written[: number + 1]]), written[number + 1 :] if adds else [])
            element = element[step]
        elif isinstance(element, list):
            if not (step.isascii() and step.isdigit()) or int(step) >= len(element):
                return f"{around} is a list of {len(element)}, in which there is no {step}"
            element = element[int(step)]
        else:
            return f"{around} is neither an object nor a list"
    return ""


def _absent(path: str, beyond: list[str]) -> str:
    """Say that there is no `path`. If the patch adds something `beyond` it, say how to add it first.

    JSON Patch adds only to an object or list that is there (RFC 6902 4.1).
    """
    if not beyond:
        return f"there is no {path}"
    holder = "a list" if beyond[0] == "-" or beyond[0].isdigit() else "an object"
    return f"there is no {path} yet; add it first, as {holder}"


def _holds(document: Any, test: dict[str, Any]) -> bool:
    try:
        return _same(jsonpatch.JsonPointer(test["path"]).resolve(document), test["value"])
    except _FAULTS:
        return False


def _holder(document: Any, pointer: str) -> Any:
    return jsonpatch.JsonPointer(pointer.rpartition("/")[0]).resolve(document)


def _same(left: Any, right: Any) -> bool:
    """Compare two JSON values as RFC 6902 4.6 says: numbers by value, and true is not 1, as it is in Python."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float | Decimal) and isinstance(right, int | float | Decimal):
        return left == right
    return type(left) is type(right) and bool(left == right)


def _without(node: Any, emptied: set[int]) -> Any:
    """Remove the containers that the patch emptied, and those that this empties, but none that was added empty."""
    if not emptied or not isinstance(node, dict | list):
        return node
    for key in list(node) if isinstance(node, dict) else range(len(node) - 1, -1, -1):
        child = node[key]
        filled = child not in ({}, [])
        left = _without(child, emptied)
        if left in ({}, []) and (filled or id(child) in emptied):
            del node[key]
    return node
