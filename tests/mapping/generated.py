"""Resources that hypothesis makes from the R4 definitions: elements nobody maps, ids and extensions everywhere,
primitives with something beside them or nothing but that, odd numbers, lists of every length."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from gateway.fhir import r4
from gateway.fhir.path.type_model import JsonField, fields

_TEXTS = st.sampled_from(["a", "b", "Ng", " two  words ", "é", "日本", "120/80 mmHg", "UNKNOWN", "line\nbreak"])
_NUMBERS = st.sampled_from([Decimal("1.00"), Decimal("1.0"), 7, Decimal("0.000"), Decimal("98.6"), Decimal("-3")])
_DATES = st.sampled_from(["1970", "1970-03", "2024-02-29"])
_TIMES = st.sampled_from(["2019-03-04", "2019-03-04T05:06:07Z", "2019-03-04T05:06:07.120+09:00", "2031"])
_INSTANTS = st.sampled_from(["2019-03-04T05:06:07Z", "2019-03-04T05:06:07.123456+01:00"])
_WHOLE = st.integers(0, 3)
_PRIMITIVES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "integer": st.integers(-3, 3),
    "positiveInt": st.integers(1, 3),
    "unsignedInt": _WHOLE,
    "decimal": _NUMBERS,
    "date": _DATES,
    "dateTime": _TIMES,
    "instant": _INSTANTS,
    "time": st.sampled_from(["10:15:00", "23:59:60"]),
    "base64Binary": st.just("QQ=="),
    "id": st.sampled_from(["a", "b-1"]),
    "uri": st.sampled_from(["http://loinc.org", "http://unitsofmeasure.org", "urn:oid:1.2.3"]),
    "code": st.sampled_from(["a", "kg", "mm[Hg]", "MR", "8480-6"]),
}
_SKIPPED = frozenset({"contained", "text", "extension", "modifierExtension", "resourceType", "id", "meta"})
_H = "http://hl7.org/fhir/StructureDefinition/"
_EXTENSIONS = st.sampled_from(
    [
        {"url": "http://example.org/of-nobody", "valueString": "kept"},
        {"url": _H + "data-absent-reason", "valueCode": "unknown"},
        {"url": _H + "rendered-value", "valueString": "shown"},
        {"url": _H + "rendering-style", "valueString": "color: red"},
        {"url": _H + "ordinalValue", "valueDecimal": Decimal("2.0")},
        {"url": _H + "geolocation", "extension": [{"url": "latitude", "valueDecimal": Decimal("1.50")}]},
    ]
)
_REFERENCES = st.sampled_from(["Patient/1", "Patient/2/_history/3", "https://other.example/fhir/Patient/9", "#in"])


@st.composite
def resources(draw: st.DrawFn, type_: str) -> dict[str, Any]:
    """A resource of the type; structurally what R4 says, its codes and required elements not."""
    resource = {"resourceType": type_, "id": "r1", **_object(draw, type_, depth=0)}
    keys = draw(st.permutations([*resource])) if draw(st.booleans()) else [*resource]
    return {key: resource[key] for key in keys}


def _object(draw: st.DrawFn, type_: str, depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, element in r4.types()[type_].elements.items():
        if name in _SKIPPED or draw(st.integers(0, 2 + depth)) > 1:
            continue
        places = [place for place in fields(type_, name) if not place.resource]
        if places and (depth < 4 or places[0].primitive):
            _put(draw, made, draw(st.sampled_from(places)), element.many, depth)
    if depth and draw(st.integers(0, 3)) == 0:
        made["id"] = "e1"
    if depth and (not made or draw(st.integers(0, 3)) == 0):
        made["extension"] = [dict(draw(_EXTENSIONS))]
    return made


def _put(draw: st.DrawFn, made: dict[str, Any], place: JsonField, many: bool, depth: int) -> None:
    if not many:
        value, beside = _value(draw, place, depth)
        _set(made, place.key, value, beside)
        return
    pairs = [_value(draw, place, depth) for _ in range(draw(st.integers(1, 3)))]
    values, near = [value for value, _ in pairs], [beside for _, beside in pairs]
    _set(made, place.key, values if any(one is not None for one in values) else None, near if any(near) else None)


def _set(made: dict[str, Any], key: str, value: Any, beside: Any) -> None:
    if value is not None:
        made[key] = value
    if beside is not None:
        made["_" + key] = beside


def _value(draw: st.DrawFn, place: JsonField, depth: int) -> tuple[Any, Any]:
    if place.type == "Reference":
        return {"reference": draw(_REFERENCES), **({"display": "D"} if draw(st.booleans()) else {})}, None
    if not place.primitive:
        return _object(draw, place.type, depth + 1), None
    beside = {"extension": [dict(draw(_EXTENSIONS))]} if draw(st.integers(0, 4)) == 0 else None
    if beside and draw(st.booleans()):
        return None, beside
    return draw(_PRIMITIVES.get(place.type, _TEXTS)), beside
