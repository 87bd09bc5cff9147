"""A mapping of every element of a resource type, written as an engineer would write it from
docs/reference/mapping-language.md."""

from collections.abc import Iterator

from gateway.fhir import r4
from gateway.fhir.path.type_model import JsonField, ancestors, fields
from gateway.mapping.types import TYPES

_SKIPPED = frozenset({"contained", "text", "extension", "modifierExtension", "id", "meta", "implicitRules", "language"})
_ORDER = (
    "code",
    "text",
    "boolean",
    "integer",
    "decimal",
    "date",
    "time",
    "moment",
    "period",
    "timing",
    "coding",
    "concept",
)
_BY_FHIR = {
    fhir: name
    for name in reversed((*_ORDER, "reference", "identifier", "quantity", "range", "ratio", "sampled_data", "name",
                          "contact", "address", "note", "attachment", "money"))
    for fhir in TYPES[name].lenses
}  # fmt: skip


def mapping(resource: str) -> str:
    lines = [f"resource: {resource}", "collection: things", "fields:"]
    return "\n".join([*lines, *_fields(resource, "  ", 0)]) + "\n"


def _fields(type_: str, indent: str, depth: int) -> Iterator[str]:
    found = False
    for name, element in r4.types()[type_].elements.items():
        if name in _SKIPPED:
            continue
        for key in _apart(fields(type_, name)):
            for line in _field(key, name, element.many, element.choice, indent, depth):
                found = True
                yield line
    if not found:
        yield f"{indent}element_id: {{path: id, type: text}}"


def _apart(keys: tuple[JsonField, ...]) -> list[JsonField]:
    """Without those that another one takes in: of an Age `ofType(Quantity)` is true as well."""
    others = {key.type for key in keys}
    return [key for key in keys if key.primitive or not others & set(ancestors(key.type)[1:])]


def _field(key: JsonField, name: str, many: bool, choice: bool, indent: str, depth: int) -> Iterator[str]:
    if key.resource:
        return
    path = f"{_quoted(name)}.ofType({key.type})" if choice else _quoted(name)
    field = "f_" + "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key.key)
    listed = ", list: true" if many else ""
    if key.type in _BY_FHIR:
        yield f'{indent}{field}: {{path: "{path}", type: {_BY_FHIR[key.type]}{listed}}}'
    elif depth < 3:
        yield f"{indent}{field}:"
        yield f'{indent}  path: "{path}"'
        if many:
            yield f"{indent}  list: true"
        yield f"{indent}  fields:"
        yield from _fields(key.type, indent + "    ", depth + 1)


def _quoted(name: str) -> str:
    return f"`{name}`" if name in ("contains", "as", "is", "in", "div") else name
