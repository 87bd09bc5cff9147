"""Take judgements out of a document that the resource as a whole does not allow.

Fields are read one by one, and the fields of a component do not see the Observation around it. So the checks that need
the whole resource are made here, once the document is complete:

- A result entered in error or cancelled does not count. Its value, code and time stay as they were sent. Nothing judges
  them, and without a fingerprint no later result is called a duplicate of this one.
  https://hl7.org/fhir/R4/valueset-observation-status.html
- The limits of adults do not judge the components of a child's, an animal's or a device's Observation; see
  gateway.mapping.quality.population.
"""

from collections.abc import Callable, Iterable
from typing import Any

from gateway.mapping.quality import population
from gateway.mapping.reading.field import Field

RETRACTED = frozenset({"entered-in-error", "cancelled"})
COMPUTED = frozenset({"measured", "label", "fingerprint"})
"""The mapping types that compute a judgement from a result."""
_RULES = ("unit.", "value.")
"""The beginnings of the rules whose findings are about a judged value."""
_OURS = ("default range", "critical limits")

Document = dict[str, Any]
Change = Callable[[Field, Document], None]
"""Changes in place what a document, or a part of it, holds for one field."""


def is_retracted(resource: dict[str, Any]) -> bool:
    status = resource.get("status")
    return status.__class__ is str and status in RETRACTED


def settled(fields: Iterable[Field], resource: dict[str, Any], document: Document) -> Document:
    """Return `document` without the judgements that `resource` does not allow. Lists keep their items and order."""
    if is_retracted(resource):
        return _changed(fields, document, _without_computed)
    if "component" in resource and population.excluded(resource):
        return _changed(fields, document, _without_limits_of_adults)
    return document


def is_judgement(note: tuple[Any, ...]) -> bool:
    """Return whether a note is a finding about a judged value; see gateway.mapping.values.lens.finding."""
    return len(note) == 4 and str(note[1]).startswith(_RULES)


def _changed(fields: Iterable[Field], document: Document, change: Change) -> Document:
    copy = dict(document)
    for field in fields:
        if field.name not in copy:
            continue
        change(field, copy)
        if field.record is not None:
            copy[field.name] = _below(field.record.fields, copy[field.name], change)
    return copy


def _below(fields: Iterable[Field], value: Any, change: Change) -> Any:
    if isinstance(value, list):
        return [_below(fields, item, change) for item in value]
    return _changed(fields, value, change) if isinstance(value, dict) else value


def _without_computed(field: Field, document: Document) -> None:
    if field.type in COMPUTED:
        del document[field.name]


def _without_limits_of_adults(field: Field, document: Document) -> None:
    """Keep what the sender said in a label, and take out what comes from our limits."""
    label = document[field.name]
    if field.type != "label" or label.get("for") != "adults":
        return
    if label["by"] in _OURS:
        del document[field.name]
    else:
        level = label["level"].removeprefix("critical-")
        document[field.name] = {**label, "level": level}
        del document[field.name]["for"]
