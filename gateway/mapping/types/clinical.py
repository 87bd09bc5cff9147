"""Views of whole Observations and their components: what was measured, in which unit, how it is to be judged.

Computed, so always read-only; what each gives and what it never does is in docs/quality.md. A map of local codes to
LOINC is bound by `types(local)`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.mapping.quality.category import category
from gateway.mapping.quality.fingerprint import fingerprint
from gateway.mapping.quality.label import label
from gateway.mapping.quality.measure import measured
from gateway.mapping.quality.preferred import NONE, Codes
from gateway.mapping.types.shape import Notes, Odd, Reader, Type

_MEASURED = ("Observation", "Observation.component")


def types(local: Mapping[str, str] = NONE) -> tuple[Type, ...]:
    """The types, where `local` (`system|code` -> LOINC) says what local codes mean."""
    codes = Codes(local)

    def preferred(value: Any, notes: Notes) -> dict[str, Any] | None:
        found = codes.preferred(value)
        if found is None:
            return None
        document: dict[str, Any] = {"code": found.code}
        if found.system:
            document = {"system": found.system, **document}
        if found.display is not None:
            document["display"] = found.display
        if found.mapped:
            document["mapped"] = True
        return document

    def measure(value: Any, notes: Notes) -> dict[str, Any] | None:
        return measured(value, notes, codes)

    return (
        Type("preferred", {"CodeableConcept": _object(preferred)}),
        Type("measured", dict.fromkeys(_MEASURED, _object(measure))),
        Type("label", dict.fromkeys(_MEASURED, _view(label, codes))),
        Type("category", {"Observation": _view(category, codes)}),
        Type("fingerprint", {"Observation": _view(fingerprint, codes)}),
    )


def _object(read: Reader) -> Reader:
    def reader(value: Any, notes: Notes) -> Any:
        if value.__class__ is not dict:
            raise Odd("not an object")
        return read(value, notes)

    return reader


def _view(view: Callable[[dict[str, Any], Codes], Any], codes: Codes) -> Reader:
    return _object(lambda value, notes: view(value, codes))


TYPES = types()
