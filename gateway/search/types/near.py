"""Positions: `near=latitude|longitude|distance|units` (https://hl7.org/fhir/R4/location.html#search).

An entry is `{at}`, a GeoJSON point, in the array `g`, which only locations with a position have. Distances are along
the surface of a sphere, in kilometers unless a UCUM unit is given; without a distance it is _DEFAULT_DISTANCE.
"""

import math
import re
from decimal import Decimal
from typing import Any, TypeGuard

from gateway.fhir import quantities
from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.ranges import refuse
from gateway.search.notation.tokens import Filter, starting
from gateway.search.notation.values import fields

FIELD, INDEX = "g", "g.at"
MODIFIERS: frozenset[str] = frozenset()
_DEFAULT_DISTANCE = Decimal(50_000)
"""Meters. "If the distance is omitted, then the server can use its own discretion" """
_RADIUS = 6_378_100.0
"""Of the earth in meters, the value that MongoDB uses."""
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?", re.ASCII)
_EXPECTED = "latitude|longitude|distance|units, such as 46.95|7.45|10|km"


def index(name: str, kind: str, value: Any) -> list[dict[str, Any]]:
    """Return the index entries of positions (see SearchType)."""
    if not isinstance(value, dict):
        return []
    latitude, longitude = value.get("latitude"), value.get("longitude")
    if not (_is_degrees(latitude, 90) and _is_degrees(longitude, 180)):
        return []
    return [{"at": {"type": "Point", "coordinates": [float(longitude), float(latitude)]}}]


def _is_degrees(value: Any, most: int) -> TypeGuard[int | Decimal]:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and -most <= value <= most


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    """Return the filter for positions (see SearchType)."""
    written = fields(value)
    if not 2 <= len(written) <= 4 or not all(_NUMBER.fullmatch(degrees) for degrees in written[:2]):
        raise refuse(parameter.name, value, _EXPECTED)
    latitude, longitude = (Decimal(degrees) for degrees in written[:2])
    if not _is_degrees(latitude, 90) or not _is_degrees(longitude, 180):
        raise refuse(parameter.name, value, "a place: latitudes go from -90 to 90, longitudes from -180 to 180")
    distance, unit = (*written[2:], "", "")[:2]
    angle = min(float(_meters(parameter, value, distance, unit)) / _RADIUS, math.pi)
    return {INDEX: {"$geoWithin": {"$centerSphere": [[float(longitude), float(latitude)], angle]}}}


def _meters(parameter: Parameter, value: str, distance: str, unit: str) -> Decimal:
    """Units without the brackets that UCUM has around some are understood too: `mi_us`."""
    if not distance:
        return _DEFAULT_DISTANCE
    if not _NUMBER.fullmatch(distance) or Decimal(distance) < 0:
        raise refuse(parameter.name, value, _EXPECTED)
    each = (quantities.convert(Decimal(distance), code, "m") for code in (unit or "km", f"[{unit}]"))
    meters = next((meters for meters in each if meters is not None), None)
    if meters is None:
        raise refuse(parameter.name, value, "a distance with a UCUM unit of length, such as km, m or [mi_us]")
    return meters


def present(name: str, parameter: Parameter) -> Filter:
    """Return the filter of documents that have any value."""
    return {"$or": [{"g": {"$exists": True}}, starting(f"{name}|")]}
