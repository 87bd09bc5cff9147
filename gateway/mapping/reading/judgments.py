"""Take out of a document the judgments that the resource as a whole does not allow.

Fields are read one by one, and the fields of a component do not see the Observation around it. So the checks that need
the whole resource are made here, after all fields are read:

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
"""The types of the mapping language that judge a result."""
_RULE_PREFIXES = ("unit.", "value.")
"""How the names of the rules begin whose findings are about a judged value."""
_OUR_LIMITS = ("default range", "critical limits")

Document = dict[str, Any]
Change = Callable[[Field, Document], None]
"""Change in place what a document, or a part of it, holds for one field. Called for each field that has a value."""


def is_retracted(resource: dict[str, Any]) -> bool:
    """Return whether a result was entered in error or cancelled."""
    status = resource.get("status")
    return status.__class__ is str and status in RETRACTED


def without_disallowed(fields: Iterable[Field], resource: dict[str, Any], document: Document) -> Document:
    """Return `document` without the judgments that `resource` does not allow.

    Lists keep their items and their order.
    """
    if is_retracted(resource):
        return _changed(fields, document, _without_computed)
    if "component" in resource and population.excluded(resource):
        return _changed(fields, document, _without_limits_of_adults)
    return document


def is_judgment(note: tuple[Any, ...]) -> bool:
    """Return whether a note is a finding about a judged value; see gateway.mapping.values.lens.note_finding."""
    return len(note) == 4 and str(note[1]).startswith(_RULE_PREFIXES)


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
    """Take out of a label what comes from our limits, and keep what the sender said."""
    label = document[field.name]
    if field.type != "label" or label.get("for") != "adults":
        return
    if label["by"] in _OUR_LIMITS:
        del document[field.name]
    else:
        level = label["level"].removeprefix("critical-")
        document[field.name] = {**label, "level": level}
        del document[field.name]["for"]
