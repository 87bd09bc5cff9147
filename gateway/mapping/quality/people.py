"""Judge what is sent about people: test patients, names for matching, addresses and telephone numbers."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import phonenumbers

from gateway.fhir.normal_forms import normalize
from gateway.mapping.quality.countries import country
from gateway.mapping.quality.text import clean_text
from gateway.mapping.values.lens import Notes, note_finding

TEST_LABEL = ("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST")
"""https://hl7.org/fhir/R4/resource.html#tag-test: the label of a record made for a test."""

TEST_PARTS = re.compile(r"(?:zz+|xx+)?[ -]*test[ -]*(?:ing|patient|pt|case|account)?[ -]*\d*", re.IGNORECASE)
"""Names of test patients: Test, ZZTEST, TestPatient, Test2. A Testa, Tester or Testino is a real person."""

TEST_PEOPLE = frozenset(
    {("mouse", "mickey"), ("mouse", "minnie"), ("duck", "donald"), ("patient", "test"), ("dummy", "patient")}
)
"""(family, given), folded: names that no patient has."""

_INVENTED = re.compile(r"1?555\d{7}|(\d)\1{6,}|0?123456789?0?|1?(123){2}1234|1?123456?1234")
"""Invented telephone numbers: 555-…, an area code that is not in use; one repeated digit; consecutive digits."""

_SEPARATORS = re.compile(r"[\s\-'’ʼ`´.‐‑–]+")
_OPTIONAL_MARKS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0652\u0670]")
"""Points and accents of Hebrew, vowel signs of Arabic. Hamza and madda (U+0653 to U+0655) are not optional: they make
other letters."""
_LATIN = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"})


def test_evidence(patient: dict[str, Any]) -> tuple[str, str] | None:
    """Return (path, value) of the first sign that a patient is a test patient, None if there is no sign."""
    meta = patient.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    for element in ("security", "tag"):
        for index, coding in enumerate(_objects(meta.get(element))):
            if (coding.get("system"), coding.get("code")) == TEST_LABEL:
                return f"meta.{element}[{index}]", coding["code"]
    for index, name in enumerate(_objects(patient.get("name"))):
        found = _test_name(name)
        if found is not None:
            return f"name[{index}].{found[0]}", found[1]
    return None


def _test_name(name: dict[str, Any]) -> tuple[str, str] | None:
    family, text = name.get("family"), name.get("text")
    given = [item if item.__class__ is str else "" for item in _list(name.get("given"))]
    if family.__class__ is str and (
        _is_test(family) or any((fold(family), fold(item)) in TEST_PEOPLE for item in given)
    ):
        return "family", family
    for index, item in enumerate(given):
        if _is_test(item):
            return f"given[{index}]", item
    return ("text", text) if not given and not family and text.__class__ is str and _is_test(text) else None


def _is_test(text: str) -> bool:
    return TEST_PARTS.fullmatch(text.strip()) is not None


def test_patient(patient: dict[str, Any], notes: Notes) -> bool | None:
    """Return True for a test patient and None for all others; note what shows it."""
    found = test_evidence(patient)
    if found is None:
        return None
    note_finding(notes, found[0], "patient.test", found[1], found[1])
    return True


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return `text` for comparing names: in lower case, without hyphens, apostrophes, blanks and optional marks.

    O’Brien-Muñoz becomes obrienmunoz. The optional marks are those without which people write the same name too: marks
    on Latin and Greek letters, the points of Hebrew, the vowel signs of Arabic. Any other mark makes another letter and
    stays: ヤマダ is not ヤマタ, and Thai vowels and Cyrillic й are letters.
    """
    spread = normalize("NFKD", normalize("NFKD", text).casefold()).translate(_LATIN)
    return normalize("NFC", _SEPARATORS.sub("", _without_optional_marks(spread)))


def _without_optional_marks(spread: str) -> str:
    kept: list[str] = []
    base = ""
    for character in spread:
        if not unicodedata.category(character).startswith("M"):
            base = character
        elif not _keeps_marks(base) or _OPTIONAL_MARKS.match(character):
            continue
        kept.append(character)
    return "".join(kept)


@lru_cache(maxsize=1024)
def _keeps_marks(base: str) -> bool:
    """Return whether a mark on `base` makes another letter; False if `base` is not a letter."""
    return base.isalpha() and not unicodedata.name(base, "").startswith(("LATIN ", "GREEK "))


def name_key(name: dict[str, Any]) -> str | None:
    """Return `family|given` folded, for matching; None unless there are a family name and a given name."""
    family = name.get("family")
    given = next((text for text in _list(name.get("given")) if text.__class__ is str and text.strip()), None)
    if family.__class__ is not str or given is None:
        return None
    parts = fold(family), fold(given)
    return "|".join(parts) if all(parts) else None


def address_key(address: dict[str, Any]) -> dict[str, Any] | None:
    """Return `{lines, city, postal_code, state, country}` cleaned, None if nothing is left.

    `country` is an ISO 3166-1 alpha-2 code, left out if unclear.
    """
    key: dict[str, Any] = {}
    texts = [text for text in _list(address.get("line")) if text.__class__ is str]
    lines = [line for text in texts for part in text.split("\n") if (line := _cleaned(part))]
    if lines:
        key["lines"] = lines
    for element, name in (("city", "city"), ("postalCode", "postal_code"), ("state", "state")):
        text = _cleaned(address.get(element))
        if text is not None:
            key[name] = text.upper() if element == "postalCode" else text
    code = country(address.get("country"))
    if code is not None:
        key["country"] = code
    return key or None


def _cleaned(text: Any) -> str | None:
    return clean_text(text)[0] if text.__class__ is str else None


def phones(patient: dict[str, Any], notes: Notes) -> list[dict[str, Any]] | None:
    """Return `[{value (E.164), use}]` of the telephone numbers that can be read with certainty, None for no number.

    A number without its country code is read as a number of the country of the addresses, if they name exactly one.
    """
    addresses = [*_objects(patient.get("address"))]
    countries = {country(address.get("country")) for address in addresses} - {None}
    region = countries.pop() if len(countries) == 1 else None
    found = []
    for index, contact in enumerate(_objects(patient.get("telecom"))):
        number = phone(contact, region)
        if number is None:
            continue
        if not number:
            rule = "phone.placeholder" if _invented(contact["value"]) else "phone.invalid"
            note_finding(notes, f"telecom[{index}].value", rule, contact["value"], None)
            continue
        use = contact.get("use")
        found.append({"value": number, **({"use": use} if use.__class__ is str else {})})
    return found or None


def _invented(value: str) -> bool:
    """Return whether an invalid number is one that people and test systems write if they have no number."""
    return _INVENTED.fullmatch("".join(ch for ch in value if ch.isdecimal())) is not None


def phone(contact: dict[str, Any], region: str | None = None) -> str | None:
    """Return a ContactPoint in E.164; "" if it is not a valid number, None if it is not a telephone or its country is
    not known."""
    value = contact.get("value")
    if value.__class__ is not str or contact.get("system") not in ("phone", "sms", "fax", "pager"):
        return None
    return _e164(value, region)


@lru_cache(maxsize=8192)
def _e164(value: str, region: str | None) -> str | None:
    if clean_text(value)[0] is None:  # a placeholder such as n/a, which the type `contact` notes
        return None
    text = value.strip().removeprefix("tel:")
    if region is None and not text.startswith("+"):  # 00 does not count: not every country dials it for calls abroad
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _list(value: Any) -> list[Any]:
    return value if value.__class__ is list else []


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the items of a list, {} in place of an item that is not an object, so that the indexes stay right."""
    return (item if item.__class__ is dict else {} for item in _list(value))
