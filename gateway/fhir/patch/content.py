"""Turn the values of a FHIRPath patch, parts of Parameters, into the JSON of the elements that they become.

https://hl7.org/fhir/R4/fhirpatch.html: the type of a value must fit the element. The "anonymous" types
(`Patient.contact`) are written as parts named after their elements.
"""

from typing import Any, NamedTuple

from gateway.errors import BadRequest, Invalid
from gateway.fhir import r4
from gateway.fhir.patch.working_copy import members, opened
from gateway.fhir.path.type_model import JsonField, ancestors, fields

_VALUES = {field.key: field for field in fields("Parameters.parameter", "value")}


class ElementContent(NamedTuple):
    """A new element in JSON.

    key: its name in JSON.
    value: the value under `key`.
    extra: of a primitive the object under `_key`, as `working_copy.opened` has it; otherwise None.
    """

    key: str
    value: Any
    extra: dict[str, Any] | None


def content(part: dict[str, Any], holder: str, name: str, at: str) -> ElementContent:
    """Return the value of `part` as the element `name` of the type `holder`.

    `name` may be `value`, `value[x]` or `valueQuantity`. Raises Invalid if there is no such element or it has another
    type, BadRequest if the part does not have exactly one value.
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
    """Return the JSON forms of an element, several for a choice. Raises Invalid if there is no such element."""
    bare = name.removesuffix("[x]")
    forms = fields(holder, bare)
    if not forms and bare in members(holder):
        forms = (members(holder)[bare][1],)
    if not forms:
        raise Invalid(f"{holder} has no element {name}", expression=at)
    return forms


def is_many(holder: str, key: str) -> bool:
    """Tell whether an element may repeat."""
    name, _ = members(holder)[key]
    return r4.types()[holder].elements[name].many


def _of_value(part: dict[str, Any], source: JsonField, choices: tuple[JsonField, ...], at: str) -> ElementContent:
    value, extra = part.get(source.key), part.get("_" + source.key)
    for field in choices:
        fits = field.type == source.type if len(choices) > 1 else _fits(source, field)
        if fits and field.primitive and (value is None or value.__class__ in field.shapes):
            return ElementContent(field.key, value, opened(extra) if isinstance(extra, dict) else {})
        if fits and not field.primitive and isinstance(value, dict):
            return ElementContent(field.key, opened(value), None)
    types = " or ".join(field.type for field in choices[:3])
    raise Invalid(f"{source.key} does not fit, a value of type {types} is needed", expression=at)


def _fits(source: JsonField, field: JsonField) -> bool:
    """Tell whether a value fits an element by type. Any primitive does: HL7's tests send a date for a dateTime."""
    if source.primitive or field.primitive:
        return source.primitive and field.primitive
    return field.type in ancestors(source.type) or source.type in ancestors(field.type)


def _anonymous(part: dict[str, Any], type_: str, at: str) -> dict[str, Any]:
    parts = part.get("part")
    if not isinstance(parts, list) or not parts:
        raise BadRequest("a value needs a value[x] or parts", expression=at)
    element: dict[str, Any] = {}
    for index, child in enumerate(parts):
        place = f"{at}.part[{index}]"
        if not isinstance(child, dict) or not isinstance(child.get("name"), str):
            raise BadRequest("a part needs a name", expression=place)
        put(element, type_, content(child, type_, child["name"], place), place)
    return element


def put(holder: dict[str, Any], type_: str, new: ElementContent, at: str) -> None:
    """Append an element to its list, or set it. Raises Invalid if an element that cannot repeat is present already."""
    if is_many(type_, new.key):
        _append(holder, new, at)
        return
    name, _ = members(type_)[new.key]
    present = [field.key for field in fields(type_, name) if field.key in holder or holder.get("_" + field.key)]
    if present:
        raise Invalid(f"{present[0]} is there already; replace it", expression=at)
    if new.value is not None:
        holder[new.key] = new.value
    if new.extra is not None:
        holder["_" + new.key] = new.extra


def _append(holder: dict[str, Any], new: ElementContent, at: str) -> None:
    for key, item in ((new.key, new.value), ("_" + new.key, new.extra)):
        if key == new.key or new.extra is not None:
            items = holder.setdefault(key, [])
            if not isinstance(items, list):
                raise Invalid(f"{new.key} is not a list in this resource", expression=at)
            items.append(item)
