"""Views of whole Observations and their components: what was measured, in which unit, how it is to be judged.

Computed, so always read-only; what each gives and what it never does is in docs/explanation/data-quality.md. A map of
local codes to LOINC is bound by `types(local)`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from gateway.mapping.quality.category import category
from gateway.mapping.quality.fingerprint import fingerprint
from gateway.mapping.quality.label import label
from gateway.mapping.quality.measure import Observed, measured, observed
from gateway.mapping.quality.preferred import NONE, Codes
from gateway.mapping.values.primitives import boolean, decimal
from gateway.mapping.values.shape import Lens, Notes, Odd, Part, Seen, Type, nothing, text

_MEASURED = ("Observation", "Observation.component")

_CODE = (Part("", "system", text), Part("", "code", text))
_PREFERRED = (*_CODE, Part("", "display", text), Part("", "mapped", boolean))
_AMOUNT = (Part("", "number", decimal), Part("", "unit", text))
_MEASURE = (
    Part("", "code", Lens(nothing, parts=_CODE)),
    *_AMOUNT,
    Part("", "low", decimal),
    Part("", "high", decimal),
    Part("", "comparator", text),
    Part("", "derived", boolean),
    Part("", "plausible", boolean),
    Part("", "equivalent", Lens(nothing, parts=_AMOUNT)),
)
_ANY_MEASURE = (*_MEASURE, Part("", "components", Lens(nothing, parts=_MEASURE), many=True))
_LABEL = (
    Part("", "level", text),
    Part("", "by", text),
    Part("", "for", text),
    Part("", "low", decimal),
    Part("", "high", decimal),
    Part("", "unit", text),
)
_CATEGORY = (Part("", "codes", text, many=True), Part("", "inferred", boolean))
_FINGERPRINT = (Part("", "exact", text), Part("", "near", text))


def types(local: Mapping[str, str] = NONE) -> tuple[Type, ...]:
    """The types, where `local` (`system|code` -> LOINC) says what local codes mean."""
    codes = Codes(local)

    def preferred(value: Any, notes: Notes) -> dict[str, Any] | None:
        if value.__class__ is not dict:
            raise Odd("not an object")
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

    return (
        Type("preferred", {"CodeableConcept": Lens(preferred, parts=_PREFERRED)}),
        Type("measured", dict.fromkeys(_MEASURED, _view(measured, codes, _ANY_MEASURE))),
        Type("label", dict.fromkeys(_MEASURED, _view(_noting_nothing(label), codes, _LABEL))),
        Type("category", {"Observation": _view(_noting_nothing(category), codes, _CATEGORY)}),
        Type("fingerprint", {"Observation": _view(_noting_nothing(fingerprint), codes, _FINGERPRINT)}),
    )


def _view(read: Callable[[Observed, Notes], Any], codes: Codes, parts: tuple[Part, ...]) -> Lens:
    def view(value: Any, notes: Notes, seen: Seen) -> Any:
        if value.__class__ is not dict:
            raise Odd("not an object")
        return read(observed(value, codes, seen), notes)

    return Lens(lambda value, notes: view(value, notes, {}), view=view, parts=parts)


def _noting_nothing(read: Callable[[Observed], Any]) -> Callable[[Observed, Notes], Any]:
    return lambda of, notes: read(of)


@lru_cache(maxsize=8)
def _by(local: tuple[tuple[str, str], ...]) -> dict[str, Type]:
    """One set of types for all fields with the same map, which then share what they have read."""
    return {type_.name: type_ for type_ in types(dict(local))}


def _lenses_by(name: str) -> Callable[[Mapping[str, str]], Mapping[str, Lens]]:
    return lambda local: _by(tuple(sorted(local.items())))[name].lenses


TYPES = tuple(replace(type_, lenses_by=_lenses_by(type_.name)) for type_ in types())
