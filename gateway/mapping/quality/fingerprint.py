"""Compute the keys by which duplicates of an observation are found.

Observations with the same `exact` key were sent twice. Those with the same `near` key were reported by two systems.
"""

from decimal import Context, Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from gateway.fhir import fhir_json
from gateway.fhir.dates import period
from gateway.mapping.quality.measure import Amount, Observed
from gateway.mapping.quality.preferred import Codes

_BYTES = 12
_NO_VALUE = frozenset({"id", "extension"})
_MINUTE = 60_000_000
_ZERO = Decimal(0)
_DIGITS_3, _DIGITS_34 = Context(prec=3), Context(prec=34)


def fingerprint(observation: Observed) -> dict[str, str] | None:
    """Return `{exact, near}`, None without a subject, a time or a value.

    exact: the same for the same subject, codes, time and value; performer, status and identifiers may differ.
    near: the same for the same subject, preferred code, minute, and canonical value to 3 significant digits.
    """
    node = observation.node
    subject = _subject(node.get("subject"))
    times = _times(node) if subject is not None else None
    if times is None:
        return None
    exact, near = _keys(observation)
    if exact is None:
        return None
    document = {"exact": _hash(f"{subject}\n{times[0]}\n{times[1]}\n{exact}")}
    if near is not None:
        document["near"] = _hash(f"{subject}\n{times[0] // _MINUTE}\n{near}")
    return document


def _keys(observation: Observed) -> tuple[str | None, str | None]:
    """Return what `exact` and `near` are made of besides the subject and the time."""
    if "valueQuantity" not in observation.node or "component" in observation.node:
        return _exact(observation), _near(observation)
    views = observation.reading.views
    if "fingerprint" not in views:
        views["fingerprint"] = _exact(observation), _near(observation)
    return views["fingerprint"]  # type: ignore[no-any-return]


def _exact(observation: Observed) -> str | None:
    content = _content(observation.node, observation.codes)
    return f"{observation.code.all if observation.code is not None else ''}\n{content}" if content else None


def _near(observation: Observed) -> str | None:
    value = _near_content(observation) if observation.code is not None else None
    return (
        f"{observation.code.system}|{observation.code.code}\n{value}"
        if observation.code is not None and value is not None
        else None
    )


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=_BYTES).hexdigest()


def _subject(raw: Any) -> str | None:
    if raw.__class__ is not dict:
        return None
    reference = raw.get("reference")
    if reference.__class__ is str and reference:
        return str(reference.partition("/_history/")[0])
    identifier = raw.get("identifier")
    if identifier.__class__ is dict and (value := identifier.get("value")).__class__ is str and value.strip():
        system = identifier.get("system")
        return f"{system if system.__class__ is str else ''}|{value.strip()}"
    return None


def _times(node: dict[str, Any]) -> tuple[int, int] | None:
    """Return the first and the last microsecond, so that the same moment is the same however it is written."""
    try:
        text = node.get("effectiveDateTime") or node.get("effectiveInstant")
        if text is not None:
            return period(text)
        raw = node.get("effectivePeriod")
        if raw.__class__ is dict and "start" in raw:
            return period(raw["start"])[0], period(raw.get("end", raw["start"]))[1]
    except (TypeError, ValueError):
        return None
    return None


def _content(node: dict[str, Any], codes: Codes) -> str:
    """Return the value and the values of the components, each with its codes; numbers are normalized (1.0 is 1.00)."""
    raw = node.get("valueQuantity")
    if raw is not None:
        found = [f"valueQuantity={_plain(raw)}"] if _has_value(raw) else []
    else:
        found = [f"{key}={_plain(raw)}" for key, raw in node.items() if key.startswith("value") and _has_value(raw)]
    components = node.get("component")
    if components.__class__ is list:
        inner = [
            f"{code.all if (code := codes.preferred(part.get('code'))) else ''}:{content}"
            for part in components
            if part.__class__ is dict and (content := _content(part, codes))
        ]
        found += sorted(inner)
    return "\n".join(found)


def _has_value(raw: Any) -> bool:
    """Return whether `raw` is a value, and not only the reason why there is none."""
    return raw.__class__ is not dict or not raw.keys() <= _NO_VALUE


def _plain(raw: Any) -> str:
    if raw.__class__ is dict:
        number = raw.get("value")
        if number.__class__ is Decimal or number.__class__ is int:
            return f"{_normalized(Decimal(number))} {raw.get('comparator')} {raw.get('code') or raw.get('unit')}"
        return fhir_json.dump(dict(sorted(raw.items()))).decode()
    return str(raw)


@lru_cache(maxsize=8192)  # a few hundred numbers make up most results
def _normalized(number: Decimal) -> str:
    if not number.is_finite():
        return str(number)
    return str(number.normalize(_DIGITS_34)) if number else "0"


@lru_cache(maxsize=8192)
def _rounded(number: Decimal) -> Decimal:
    return _DIGITS_3.plus(number).normalize()


def _near_content(observation: Observed) -> str | None:
    value = _near_value(observation)
    parts = observation.node.get("component")
    if parts.__class__ is not list:
        return value
    inner = []
    for part in parts:
        if part.__class__ is dict:
            inside = Observed(part, observation.codes, {})
            named, found = inside.code, _near_value(inside)
            if named is not None and found is not None:
                inner.append(f"{named.system}|{named.code}:{found}")
    return None if value is None and not inner else "\n".join([value or "", *sorted(inner)])


def _near_value(observation: Observed) -> str | None:
    node, read = observation.node, observation.values
    if len(read) == 1 and (only := read[0]).low is only.high and only.low is not None:
        return _near_number(only.low, only.number)
    if read:
        ends = [end for value in read for end in ((value.low,) if value.single else (value.low, value.high))]
        return " ".join([_near_number(end, end.number) for end in ends if end is not None])
    concept = node.get("valueCodeableConcept")
    if concept.__class__ is dict:
        named = observation.codes.preferred(concept)
        return f"{named.system}|{named.code}" if named is not None else _folded(concept.get("text"))
    for key in ("valueString", "valueBoolean", "valueDateTime", "valueTime"):
        if key in node:
            return _folded(node[key])
    return None


def _near_number(found: Amount, number: Decimal | None) -> str:
    return f"{_rounded(number or _ZERO)} {found.scale.unit} {found.comparator}"


def _folded(text: Any) -> str | None:
    return " ".join(str(text).split()).casefold() if text is not None else None
