"""What a search means, read naively from the specification, in plain Python."""

import calendar
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

UCUM = "http://unitsofmeasure.org"
MILLIGRAMS = {"g": 1000, "mg": 1, "ug": Decimal("0.001")}
PREFIXES = ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]


def plain(text: str) -> str:
    text = "".join(c for c in text if unicodedata.category(c)[0] != "P") or text
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", bare)


def unescaped(text: str, separator: str) -> list[str]:
    parts, characters = [""], iter(text)
    for character in characters:
        if character == "\\":
            parts[-1] += next(characters)
        elif character == separator:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def span(text: str) -> tuple[datetime, datetime]:
    """From the start to before the end."""
    if len(text) <= 7:
        year, month = int(text[:4]), int(text[5:] or 1)
        days = calendar.monthrange(year, month)[1] if len(text) == 7 else 365 + calendar.isleap(year)
        start = datetime(year, month, 1, tzinfo=UTC)
        return start, start + timedelta(days=days)
    if len(text) == 10:
        start = datetime.fromisoformat(text).replace(tzinfo=UTC)
        return start, start + timedelta(days=1)
    start = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return start, start + (timedelta(milliseconds=1) if "." in text else timedelta(seconds=1))


BEGINNING, END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def compare(prefix: str, search: tuple[Any, Any], target: tuple[Any, Any]) -> bool:
    """HL7's table, for ranges whose ends are excluded."""
    (low, high), (start, end) = search, target
    contained = low <= start and end <= high
    return {
        "eq": contained,
        "ne": not contained,
        "gt": end > high,
        "lt": start < low,
        "ge": end > high or contained,
        "le": start < low or contained,
        "sa": start >= high,
        "eb": end <= low,
        "ap": start < high and end > low,
    }[prefix]


def split_prefix(value: str) -> tuple[str, str]:
    return (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)


def date_matches(targets: list[tuple[datetime, datetime]], value: str) -> bool:
    prefix, text = split_prefix(value)
    low, high = span(text)
    if prefix == "ap":
        low, high = low - (high - low), high + (high - low)
    return any(compare(prefix, (low, high), target) for target in targets)


def number_matches(prefix: str, written: str, low: Decimal, high: Decimal) -> bool:
    """`low` and `high` are included: the possible values of what is stored."""
    number = Decimal(written)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    half = Decimal(5) * Decimal(10) ** (exponent - 1 if exponent <= 0 else exponent - 2)
    contained = number - half <= low and high < number + half
    return {
        "eq": contained,
        "ne": not contained,
        "gt": high > number,
        "lt": low < number,
        "ge": high > number or low == high == number,
        "le": low < number or low == high == number,
        "sa": low > number,
        "eb": high < number,
        "ap": low <= number + abs(number) / 10 and high >= number - abs(number) / 10,
    }[prefix]


def quantity_matches(quantity: dict[str, Any], value: str) -> bool:
    number, system, code = (*unescaped(value, "|"), "", "")[:3]
    prefix, written = split_prefix(number)
    stored, factor = quantity["value"], Decimal(1)
    if system == UCUM:
        if quantity.get("system") != UCUM or quantity.get("code") not in MILLIGRAMS:
            return False
        factor = Decimal(MILLIGRAMS[quantity["code"]]) / MILLIGRAMS[code]
    elif (system and quantity.get("system") != system) or (code and quantity.get("code") != code):
        return False
    low = high = stored * factor
    if quantity.get("comparator") == "<":
        low = Decimal("-Infinity")
    if quantity.get("comparator") == ">=":
        high = Decimal("Infinity")
    return number_matches(prefix, written, low, high)


def token_matches(resource: dict[str, Any], value: str) -> bool:
    *system, code = unescaped(value, "|")
    found = resource.get("code", {}).get("coding", [])
    return any(
        (not code or one["code"] == code) and (not system or one.get("system", "") == system[0]) for one in found
    )


def reference_matches(resource: dict[str, Any], parameter: str, value: str) -> bool:
    reference = resource.get("subject", {}).get("reference", "")
    modifier = {"patient": "Patient", "subject:Patient": "Patient", "subject:Group": "Group"}.get(parameter)
    if modifier and f"{modifier}/" not in reference:
        return False
    return reference == value or (value.isdigit() and reference in (f"Patient/{value}", f"Group/{value}"))


def string_matches(resource: dict[str, Any], parameter: str, value: str) -> bool:
    name, _, modifier = parameter.partition(":")
    (text,) = unescaped(value, "\0")
    parts = [
        part for one in resource.get("name", ()) for part in ([one.get("family")] if name != "given" else []) if part
    ]
    parts += [part for one in resource.get("name", ()) for part in (one.get("given", ()) if name != "family" else ())]
    if modifier == "exact":
        return text in parts
    if modifier == "contains":
        return any(plain(text) in plain(part) for part in parts)
    return any(plain(part).startswith(plain(text)) for part in parts)


PRESENT = {
    "code": lambda r: bool(r.get("code")),
    "date": lambda r: "effectiveDateTime" in r,
    "value-quantity": lambda r: "valueQuantity" in r,
    "subject": lambda r: "subject" in r,
    "patient": lambda r: "Patient/" in r.get("subject", {}).get("reference", ""),
}


def expected(resource: dict[str, Any], parameter: str, value: str) -> bool:
    name, _, modifier = parameter.partition(":")
    if modifier == "missing":
        return PRESENT[name](resource) == (value == "false")
    if name == "code":
        return token_matches(resource, value) != (modifier == "not")
    if name in ("subject", "patient"):
        return reference_matches(resource, parameter, value)
    if name.endswith("quantity"):
        held = [resource] + (resource.get("component", []) if name.startswith("combo") else [])
        return any(quantity_matches(one["valueQuantity"], value) for one in held if "valueQuantity" in one)
    if name == "date":
        return date_matches(times(resource), value)
    return string_matches(resource, parameter, value)


def times(resource: dict[str, Any]) -> list[tuple[datetime, datetime]]:
    if "effectiveDateTime" in resource:
        return [span(resource["effectiveDateTime"])]
    period = resource.get("period") or {}
    if not period:
        return []
    return [
        (
            span(period["start"])[0] if "start" in period else BEGINNING,
            span(period["end"])[1] if "end" in period else END,
        )
    ]
