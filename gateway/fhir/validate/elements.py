"""One check per type, compiled from the definitions at first use: closures over dicts, nothing looked up twice."""

from functools import cache
from threading import RLock
from typing import Any

from gateway.fhir import r4
from gateway.fhir.validate import native, slots
from gateway.fhir.validate.bindings import bound
from gateway.fhir.validate.contexts import CONTEXT, answered
from gateway.fhir.validate.extensions import known, modifying
from gateway.fhir.validate.findings import MOST, Check, ValidationIssue, no_further, shown, wrong_kind
from gateway.fhir.validate.primitives import CHECKS
from gateway.fhir.validate.shape import Shape, members
from gateway.fhir.validate.targets import FRAGMENT, targeted

_EMPTY = ValidationIssue("", "structure", "an object must not be empty")
_ID_ONLY = ValidationIssue("", "invariant", "ele-1: an element must have a value or children besides its id")

_QUESTIONS = (CONTEXT, FRAGMENT)  # no faults yet

_compiled: dict[str, Check] = {}
_compiling = RLock()


def resource(value: Any) -> list[ValidationIssue]:
    """Check a resource that stands for itself: the root, an entry of a Bundle, a parameter."""
    found = contained(value)
    if found:
        found = native.settled(value, found) if type(value) is dict else found
    if type(value) is dict and "contained" in value:
        found = found + native.containing(value)
    return found


def contained(value: Any) -> list[ValidationIssue]:
    """Check a resource inside another one, whose contained resources answer its fragments."""
    if type(value) is not dict:
        return wrong_kind("an object (a resource)", value)
    type_ = value.get("resourceType")
    if type_ is None:
        return [ValidationIssue("", "structure", "resourceType is missing")]
    if type(type_) is not str or type_ not in r4.resource_types():
        return [ValidationIssue("", "structure", f"resourceType {shown(type_)} is not a resource type of FHIR R4")]
    found = checker(type_)(value)
    return answered(type_, found) if found else found


@cache
def checker(type_: str) -> Check:
    """The check of a complex, backbone or resource type, handed out only when all its parts are there."""
    with _compiling:
        return _compile(type_)


def _compile(type_: str) -> Check:
    if type_ in _compiled:
        return _compiled[type_]
    shape = Shape(type_)
    # Known before its slots are: types contain each other (Extension, Identifier.assigner.identifier, …).
    _compiled[type_] = _object_check(type_, shape)
    for name, element in r4.types()[type_].elements.items():
        if element.max != "0":
            for key, code in members(name, element):
                _add_slots(shape, name, key, code, element)
    return _compiled[type_]


def _object_check(type_: str, shape: Shape) -> Check:
    slots_of, typed = shape.slots.get, native.OF_TYPE.get(type_)
    has_required, has_choices = bool(shape.required), bool(shape.choices)
    is_extension = type_ == "Extension"
    beside_value = type_ == "Element"  # what stands in `_birthDate`: an id is enough where `birthDate` has the value

    def check(value: Any) -> list[ValidationIssue]:
        if type(value) is not dict:
            return wrong_kind(f"an object ({type_})", value)
        found: list[ValidationIssue] = []
        for key, child in value.items():
            slot = slots_of(key)
            if slot is None:
                found.append(shape.unknown(key))
            elif bad := slot(child, value):
                found += bad
            else:
                continue
            if len(found) >= MOST:
                return [*found, no_further("")]
        if has_required:
            found += shape.absent(value)
        if has_choices:
            found += shape.chosen(value)
        if not value:
            found.append(_EMPTY)
        elif len(value) == 1 and "id" in value and not beside_value:
            found.append(_ID_ONLY)
        elif typed is not None:
            found += typed(value)
        if is_extension and not any(one.severity == "error" and one.code not in _QUESTIONS for one in found):
            found += known(value)
        return found

    return check


def _add_slots(shape: Shape, name: str, key: str, code: str, element: r4.Element) -> None:
    path = f".{name}.ofType({code})" if element.choice else f".{name}"
    check = _value_check(name, code, element)
    if r4.types()[code].kind != "primitive":
        shape.slots[key] = slots.many(path, check) if element.many else slots.one(path, check)
    else:
        shape.slots[key] = slots.many_primitive(path, key, check) if element.many else slots.one(path, check)
        beside = slots.shadows if element.many else slots.shadow
        shape.slots["_" + key] = beside(path, key, _compile("Element"))


def _value_check(name: str, code: str, element: r4.Element) -> Check:
    kind = r4.types()[code].kind
    if kind == "resource":
        return contained if name == "contained" else resource
    check = CHECKS[code] if kind == "primitive" else _compile(code)
    if name == "modifierExtension":
        return modifying(check)
    if code == "Reference" and element.targets:
        check = targeted(check, element.targets)
    return bound(code, element.required, check) if element.required else check
