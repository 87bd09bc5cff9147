"""The content that a FHIRPath patch brings: parts of Parameters -> JSON of the element they become.

https://hl7.org/fhir/R4/fhirpatch.html: "The type of the value must be correct for the place", and "anonymous" types
(`Patient.contact`) come as parts named after their elements.
"""

from typing import Any, NamedTuple

from gateway.errors import BadRequest, Invalid
from gateway.fhir import r4
from gateway.fhir.patch.working_copy import members, opened
from gateway.fhir.path.type_model import JsonField, ancestors, fields

_VALUES = {field.key: field for field in fields("Parameters.parameter", "value")}


class ElementContent(NamedTuple):
    """An element as it stands in JSON: under `key`, a primitive also under `_key` (`extra`, in its opened form)."""

    key: str
    value: Any
    extra: dict[str, Any] | None


def content(part: dict[str, Any], holder: str, name: str, at: str) -> ElementContent:
    """What `part` brings as element `name` of the type `holder`; `name` may be `value`, `value[x]` or `valueQuantity`.

    Raises Invalid when there is no such element, or not with such a value.
    """
    choices = element(holder, name, at)
    keys = [key for key in part if key.startswith("value")]
    if not keys and isinstance(part.get("resource"), dict) and choices[0].resource:
        return ElementContent(choices[0].key, opened(part["resource"]), None)
    if not keys:
        return ElementContent(choices[0].key, _anonymous(part, choices[0].type, at), None)
    if len(keys) > 1 or keys[0] not in _VALUES:
        raise BadRequest("a part has exactly one value[x]", expression=at)
    return _of_value(part, _VALUES[keys[0]], choices, at)


def element(holder: str, name: str, at: str) -> tuple[JsonField, ...]:
    """The JSON forms of an element. Raises Invalid."""
    bare = name.removesuffix("[x]")
    found = fields(holder, bare)
    if not found and bare in members(holder):
        found = (members(holder)[bare][1],)
    if not found:
        raise Invalid(f"{holder} has no element {name}", expression=at)
    return found


def is_many(holder: str, key: str) -> bool:
    name, _ = members(holder)[key]
    return r4.types()[holder].elements[name].many


def _of_value(part: dict[str, Any], given: JsonField, choices: tuple[JsonField, ...], at: str) -> ElementContent:
    value, extra = part.get(given.key), part.get("_" + given.key)
    for field in choices:
        fits = field.type == given.type if len(choices) > 1 else _fits(given, field)
        if fits and field.primitive and (value is None or value.__class__ in field.shapes):
            return ElementContent(field.key, value, opened(extra) if isinstance(extra, dict) else {})
        if fits and not field.primitive and isinstance(value, dict):
            return ElementContent(field.key, opened(value), None)
    raise Invalid(f"{given.key} is no {' or '.join(field.type for field in choices[:3])}", expression=at)


def _fits(given: JsonField, field: JsonField) -> bool:
    """Any primitive may be sent for another, as HL7's own tests do (a date for a dateTime); its JSON must still fit."""
    if given.primitive or field.primitive:
        return given.primitive and field.primitive
    return field.type in ancestors(given.type) or given.type in ancestors(field.type)


def _anonymous(part: dict[str, Any], type_: str, at: str) -> dict[str, Any]:
    parts = part.get("part")
    if not isinstance(parts, list) or not parts:
        raise BadRequest("a value has a value[x] or parts", expression=at)
    built: dict[str, Any] = {}
    for index, each in enumerate(parts):
        place = f"{at}.part[{index}]"
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            raise BadRequest("a part needs a name", expression=place)
        put(built, type_, content(each, type_, each["name"], place), place)
    return built


def put(holder: dict[str, Any], type_: str, new: ElementContent, at: str) -> None:
    """Append to a list, or set what is not there yet. Raises Invalid if it is."""
    if is_many(type_, new.key):
        _append(holder, new, at)
        return
    name, _ = members(type_)[new.key]
    taken = [field.key for field in fields(type_, name) if field.key in holder or holder.get("_" + field.key)]
    if taken:
        raise Invalid(f"{taken[0]} is there already; replace it", expression=at)
    if new.value is not None:
        holder[new.key] = new.value
    if new.extra is not None:
        holder["_" + new.key] = new.extra


def _append(holder: dict[str, Any], new: ElementContent, at: str) -> None:
    for key, item in ((new.key, new.value), ("_" + new.key, new.extra)):
        if key == new.key or new.extra is not None:
            items = holder.setdefault(key, [])
            if not isinstance(items, list):
                raise Invalid(f"{new.key} is no list in this resource", expression=at)
            items.append(item)
