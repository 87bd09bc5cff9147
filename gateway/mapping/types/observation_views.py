"""Compute views of whole Observations and of their components: what was measured, in which unit, how it is judged.

These types can only be read. docs/explanation/data-quality.md says what each gives and what it never does.
`types(local)` makes them for
a map of local codes to LOINC.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from gateway.mapping.quality.category import category
from gateway.mapping.quality.fingerprint import fingerprint
from gateway.mapping.quality.label import label
from gateway.mapping.quality.measure import Observed, measured, observed
from gateway.mapping.quality.preferred import NO_LOCAL_CODES, Codes
from gateway.mapping.values.lens import Lens, NodeCache, Notes, Part, Type, Unreadable, read_nothing, text
from gateway.mapping.values.primitives import boolean, decimal

_MEASURED = ("Observation", "Observation.component")

_CODE = (Part("", "system", text), Part("", "code", text))
_PREFERRED = (*_CODE, Part("", "display", text), Part("", "mapped", boolean))
_AMOUNT = (Part("", "number", decimal), Part("", "unit", text))
_MEASURE = (
    Part("", "code", Lens(read_nothing, parts=_CODE)),
    *_AMOUNT,
    Part("", "low", decimal),
    Part("", "high", decimal),
    Part("", "comparator", text),
    Part("", "derived", boolean),
    Part("", "plausible", boolean),
    Part("", "equivalent", Lens(read_nothing, parts=_AMOUNT)),
)
_ANY_MEASURE = (*_MEASURE, Part("", "components", Lens(read_nothing, parts=_MEASURE), many=True))
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


def types(local: Mapping[str, str] = NO_LOCAL_CODES) -> tuple[Type, ...]:
    """Return the types for a map of local codes (`system|code` -> LOINC)."""
    codes = Codes(local)

    def preferred(value: Any, notes: Notes) -> dict[str, Any] | None:
        if value.__class__ is not dict:
            raise Unreadable("not an object")
        code = codes.preferred(value)
        if code is None:
            return None
        document: dict[str, Any] = {"code": code.code}
        if code.system:
            document = {"system": code.system, **document}
        if code.display is not None:
            document["display"] = code.display
        if code.mapped:
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
    def view(value: Any, notes: Notes, cache: NodeCache) -> Any:
        if value.__class__ is not dict:
            raise Unreadable("not an object")
        return read(observed(value, codes, cache), notes)

    return Lens(lambda value, notes: view(value, notes, {}), view=view, parts=parts)


def _noting_nothing(read: Callable[[Observed], Any]) -> Callable[[Observed, Notes], Any]:
    return lambda observation, notes: read(observation)


@lru_cache(maxsize=8)
def _types_for(local: tuple[tuple[str, str], ...]) -> dict[str, Type]:
    """Return one set of types for all fields with the same map, so that these fields share what they have read."""
    return {type_.name: type_ for type_ in types(dict(local))}


def _lenses_by(name: str) -> Callable[[Mapping[str, str]], Mapping[str, Lens]]:
    return lambda local: _types_for(tuple(sorted(local.items())))[name].lenses


TYPES = tuple(replace(type_, lenses_by=_lenses_by(type_.name)) for type_ in types())
