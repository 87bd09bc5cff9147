"""Keys by which the same observation is found again: sent twice (`exact`), or told twice by two systems (`near`)."""

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


def fingerprint(of: Observed) -> dict[str, str] | None:
    """None without a subject, a time or a value: two of those could be anything.

    `exact`: subject, codes, time and value are the same; who performed it, its status and its identifiers may differ.
    `near`: the preferred code, the minute, and the canonical value to 3 significant digits are.
    """
    node = of.node
    subject = _subject(node.get("subject"))
    times = _times(node) if subject is not None else None
    if times is None:
        return None
    exact, near = _told(of)
    if exact is None:
        return None
    document = {"exact": _hash(f"{subject}\n{times[0]}\n{times[1]}\n{exact}")}
    if near is not None:
        document["near"] = _hash(f"{subject}\n{times[0] // _MINUTE}\n{near}")
    return document


def _told(of: Observed) -> tuple[str | None, str | None]:
    """What `exact` and `near` are made of besides the subject and the time."""
    if "valueQuantity" not in of.node or "component" in of.node:
        return _exact(of), _near(of)
    views = of.reading.views
    if "fingerprint" not in views:
        views["fingerprint"] = _exact(of), _near(of)
    return views["fingerprint"]  # type: ignore[no-any-return]


def _exact(of: Observed) -> str | None:
    content = _content(of.node, of.codes)
    return f"{of.code.all if of.code is not None else ''}\n{content}" if content else None


def _near(of: Observed) -> str | None:
    value = _near_content(of) if of.code is not None else None
    return f"{of.code.system}|{of.code.code}\n{value}" if of.code is not None and value is not None else None


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
    """First and last microsecond, so that the same moment is the same however it is written."""
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
    """The value and those of the components, each with its codes: numbers by what they are worth (1.0 is 1.00)."""
    raw = node.get("valueQuantity")
    if raw is not None:
        found = [f"valueQuantity={_plain(raw)}"] if _says(raw) else []
    else:
        found = [f"{key}={_plain(raw)}" for key, raw in node.items() if key.startswith("value") and _says(raw)]
    components = node.get("component")
    if components.__class__ is list:
        inner = [
            f"{code.all if (code := codes.preferred(part.get('code'))) else ''}:{content}"
            for part in components
            if part.__class__ is dict and (content := _content(part, codes))
        ]
        found += sorted(inner)
    return "\n".join(found)


def _says(raw: Any) -> bool:
    """Return whether `raw` is a value, and not only the reason why there is none."""
    return raw.__class__ is not dict or not raw.keys() <= _NO_VALUE


def _plain(raw: Any) -> str:
    if raw.__class__ is dict:
        number = raw.get("value")
        if number.__class__ is Decimal or number.__class__ is int:
            return f"{_worth(Decimal(number))} {raw.get('comparator')} {raw.get('code') or raw.get('unit')}"
        return fhir_json.dump(dict(sorted(raw.items()))).decode()
    return str(raw)


@lru_cache(maxsize=8192)  # most results are of a few hundred numbers
def _worth(number: Decimal) -> str:
    if not number.is_finite():
        return str(number)
    return str(number.normalize(_DIGITS_34)) if number else "0"


@lru_cache(maxsize=8192)
def _rounded(number: Decimal) -> Decimal:
    return _DIGITS_3.plus(number).normalize()


def _near_content(of: Observed) -> str | None:
    value = _near_value(of)
    parts = of.node.get("component")
    if parts.__class__ is not list:
        return value
    inner = []
    for part in parts:
        if part.__class__ is dict:
            inside = Observed(part, of.codes, {})
            named, found = inside.code, _near_value(inside)
            if named is not None and found is not None:
                inner.append(f"{named.system}|{named.code}:{found}")
    return None if value is None and not inner else "\n".join([value or "", *sorted(inner)])


def _near_value(of: Observed) -> str | None:
    node, read = of.node, of.values
    if len(read) == 1 and (only := read[0]).low is only.high and only.low is not None:
        return _near_number(only.low, only.number)
    if read:
        ends = [end for value in read for end in ((value.low,) if value.single else (value.low, value.high))]
        return " ".join([_near_number(end, end.number) for end in ends if end is not None])
    concept = node.get("valueCodeableConcept")
    if concept.__class__ is dict:
        named = of.codes.preferred(concept)
        return f"{named.system}|{named.code}" if named is not None else _folded(concept.get("text"))
    for key in ("valueString", "valueBoolean", "valueDateTime", "valueTime"):
        if key in node:
            return _folded(node[key])
    return None


def _near_number(found: Amount, number: Decimal | None) -> str:
    return f"{_rounded(number or _ZERO)} {found.scale.unit} {found.comparator}"


def _folded(text: Any) -> str | None:
    return " ".join(str(text).split()).casefold() if text is not None else None
