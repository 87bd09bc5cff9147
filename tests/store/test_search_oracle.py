"""MongoDB's answer to a random search is what reading the specification naively in Python gives."""

import calendar
import unicodedata
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.search.query import parse
from gateway.store import Store
from gateway.store.records import Write

LOINC, LOCAL, UCUM = "http://loinc.org", "http://example.org/a|b", "http://unitsofmeasure.org"
MILLIGRAMS = {"g": 1000, "mg": 1, "ug": Decimal("0.001")}
DATES = ["2019", "2020", "2020-02", "2020-03", "2020-02-28", "2020-02-29", "2020-03-01", "2020-02-29T12:30:00Z"]
DATES += ["2020-02-29T23:59:59.999Z", "2020-03-01T00:30:00+01:00", "2020-02-29T12:30:15+05:30"]
NUMBERS = ["-5", "0", "5", "5.0", "5.35", "5.4", "5.40", "5.45", "5400", "1e2", "100", "95", "104.99", "105"]
WORDS = [
    "Müller",
    "MULLER",
    "mu",
    "Muller-Lüdenscheidt",
    "de la Cruz",
    "山田",
    "がか",
    "か",
    "a|b",
    "a",
    "O'Neil (x).*",
    "ß",
]
PREFIXES = ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]

codings = st.fixed_dictionaries(
    {"code": st.sampled_from(["a", "ab", "a|b", "A", "x,y", "$", "a\\"])},
    optional={"system": st.sampled_from([LOINC, LOCAL])},
)
quantities = st.fixed_dictionaries(
    {"value": st.sampled_from(NUMBERS).map(Decimal)},
    optional={
        "code": st.sampled_from(["g", "mg", "ug", "blob"]),
        "system": st.sampled_from([UCUM, LOCAL]),
        "comparator": st.sampled_from(["<", ">="]),
    },
)
dates = st.sampled_from(DATES)
observations = st.fixed_dictionaries(
    {"resourceType": st.just("Observation"), "status": st.sampled_from(["final", "amended"])},
    optional={
        "code": st.fixed_dictionaries({"coding": st.lists(codings, min_size=1, max_size=3)}),
        "effectiveDateTime": dates,
        "valueQuantity": quantities,
        "component": st.lists(st.fixed_dictionaries({"valueQuantity": quantities}), min_size=1, max_size=2),
        "subject": st.sampled_from(["Patient/1", "Patient/12", "Group/1", "http://other/Patient/1"]).map(
            lambda text: {"reference": text}
        ),
    },
)
periods = st.one_of(
    st.fixed_dictionaries({}, optional={"start": dates}),
    st.fixed_dictionaries({"end": dates}),
    st.sampled_from([{"start": "2019", "end": "2020-02"}, {"start": "2020-02-29T12:30:00Z", "end": "2020-03-01"}]),
)
names = st.fixed_dictionaries(
    {}, optional={"family": st.sampled_from(WORDS), "given": st.lists(st.sampled_from(WORDS), min_size=1, max_size=2)}
)
encounters = st.fixed_dictionaries({"resourceType": st.just("Encounter")}, optional={"period": periods})
patients = st.fixed_dictionaries({"resourceType": st.just("Patient")}, optional={"name": st.lists(names, max_size=2)})


def escape(text: str) -> str:
    for character in "\\,|$":
        text = text.replace(character, "\\" + character)
    return text


token_searches = st.tuples(
    st.sampled_from(["code", "code:not"]),
    st.one_of(
        codings.map(lambda c: escape(c["code"])),
        codings.map(lambda c: f"{escape(c.get('system', ''))}|{escape(c['code'])}"),
        st.sampled_from([LOINC, LOCAL]).map(lambda system: f"{escape(system)}|"),
    ),
)
quantity_searches = st.tuples(
    st.sampled_from(["value-quantity", "combo-value-quantity"]),
    st.tuples(
        st.sampled_from(PREFIXES),
        st.sampled_from(NUMBERS),
        st.sampled_from(["", "", f"|{UCUM}|mg", f"|{UCUM}|g", "||mg", "||blob", f"|{escape(LOCAL)}|mg"]),
    ).map("".join),
)
date_values = st.tuples(st.sampled_from(PREFIXES), dates).map("".join)
reference_searches = st.tuples(
    st.sampled_from(["subject", "patient", "subject:Patient", "subject:Group"]),
    st.sampled_from(["1", "12", "Patient/1", "Group/1", "http://other/Patient/1"]),
)
missing_searches = st.tuples(
    st.sampled_from(["code", "date", "value-quantity", "subject", "patient"]).map(lambda name: f"{name}:missing"),
    st.sampled_from(["true", "false"]),
)
observation_searches = st.one_of(
    token_searches,
    quantity_searches,
    st.tuples(st.just("date"), date_values),
    reference_searches,
    missing_searches,
)
patient_searches = st.tuples(
    st.sampled_from(["name", "family", "given", "name:exact", "family:contains"]), st.sampled_from(WORDS).map(escape)
)
encounter_searches = st.tuples(st.just("date"), date_values)


# --- the oracle


def plain(text: str) -> str:
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


# --- the test


@pytest.fixture(scope="module")
async def some_store(mongo: str) -> AsyncIterator[Store]:
    class Nothing:
        def get(self, resource: object, /) -> None:
            return None

    async with await Store.open(mongo, "search_oracle", Nothing()) as opened:
        yield opened
        await opened.drop()


def a_search(resources: Any, searches: Any) -> Any:
    pairs = st.lists(searches, min_size=1, max_size=2)
    return st.tuples(st.lists(resources, min_size=5, max_size=25), st.lists(pairs, min_size=5, max_size=15))


CASES = st.one_of(
    a_search(observations, observation_searches),
    a_search(patients, patient_searches),
    a_search(encounters, encounter_searches),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=CASES)
async def test_a_search_finds_exactly_what_the_specification_says(case: Any, some_store: Store) -> None:
    resources, searches = case
    database = some_store.database
    await database.resources.delete_many({})
    type_ = resources[0]["resourceType"]
    await some_store.commit(
        *(Write(type_, f"r{number}", {**one, "id": f"r{number}"}, "api") for number, one in enumerate(resources))
    )
    for pairs in searches:
        page = await some_store.search(parse(type_, [*pairs, ("_count", "100")]))
        wanted = {
            f"r{n}" for n, one in enumerate(resources) if all(expected(one, name, value) for name, value in pairs)
        }
        assert {stored.id for stored in page.entries} == wanted, pairs
