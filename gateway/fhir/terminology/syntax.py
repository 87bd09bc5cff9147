"""Check the form of codes whose systems are too large to list: MIME types, currencies, languages and units.

A well-formed code counts as valid. https://hl7.org/fhir/R4/valueset-mimetypes.html, valueset-currencies.html,
valueset-all-languages.html (BCP 47), valueset-ucum-units.html
"""

import re
from collections.abc import Callable

from gateway.fhir import ucum

_MAX_LENGTH = 200
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_mime_type = re.compile(rf"{_TOKEN}/{_TOKEN}(?:\s*;.*)?").fullmatch  # the parameters are not checked
_currency = re.compile(r"[A-Z]{3}").fullmatch
_language = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+|i-[a-z]+|sgn-[a-z]{2}-[a-z]{2}|en-gb-oed|art-lojban|cel-gaulish|zh-[a-z-]+",
    re.IGNORECASE | re.ASCII,
).fullmatch

# Units that are not proportional to base units, so that gateway.fhir.ucum does not have them.
_SPECIAL = re.compile(
    r"d?B(?:\[(?:SPL|[mu]?V|10\.nV|k?W)])?|Np|bit_s|%\[slope]|\[(?:p'diop|hp'_[XCMQ]|m/s2/Hz\^(?:0\.5|\(1/2\)))]"
)


def is_mime_type(text: str) -> bool:
    """Tell whether `text` is a MIME type, or one of the short names of CapabilityStatement.format."""
    return text in ("xml", "json", "ttl") or _mime_type(text) is not None


def _is_currency(text: str) -> bool:
    return _currency(text) is not None


def is_language(text: str) -> bool:
    """Tell whether `text` is a language tag of BCP 47."""
    return len(text) <= _MAX_LENGTH and _language(text) is not None


def is_ucum(code: str) -> bool:
    """Tell whether `code` is a UCUM unit, also one that does not convert."""
    return len(code) <= _MAX_LENGTH and (ucum.unit(code) is not None or _SPECIAL.fullmatch(code) is not None)


FORMS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "http://hl7.org/fhir/ValueSet/mimetypes": ("a MIME type such as text/plain", is_mime_type),
    "http://www.rfc-editor.org/bcp/bcp13.txt": ("a MIME type such as text/plain", is_mime_type),
    "http://hl7.org/fhir/ValueSet/currencies": ("a currency of ISO 4217 such as EUR", _is_currency),
    "http://hl7.org/fhir/ValueSet/all-languages": ("a language tag of BCP 47 such as en-US", is_language),
}
"""Value set -> a description of its codes, and a function that tells whether a text has their form."""
