"""Codes of systems too large to list, of which the form is known: MIME types, currencies, languages, units.

Well-formed is all that is asked. https://hl7.org/fhir/R4/valueset-mimetypes.html, valueset-currencies.html,
valueset-all-languages.html (BCP 47), valueset-ucum-units.html.
"""

import re
from collections.abc import Callable

from gateway.fhir import ucum

_LONGEST = 200
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_mime_type = re.compile(rf"{_TOKEN}/{_TOKEN}(?:\s*;.*)?").fullmatch  # what people write as parameters is manifold
_currency = re.compile(r"[A-Z]{3}").fullmatch
_language = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+|i-[a-z]+|sgn-[a-z]{2}-[a-z]{2}|en-gb-oed|art-lojban|cel-gaulish|zh-[a-z-]+",
    re.IGNORECASE | re.ASCII,
).fullmatch

# Units that are no proportion, which gateway.fhir.ucum therefore cannot convert.
_SPECIAL = re.compile(
    r"d?B(?:\[(?:SPL|[mu]?V|10\.nV|k?W)])?|Np|bit_s|%\[slope]|\[(?:p'diop|hp'_[XCMQ]|m/s2/Hz\^(?:0\.5|\(1/2\)))]"
)


def is_mime_type(text: str) -> bool:
    """The short names are those of CapabilityStatement.format."""
    return text in ("xml", "json", "ttl") or _mime_type(text) is not None


def _is_currency(text: str) -> bool:
    return _currency(text) is not None


def is_language(text: str) -> bool:
    return len(text) <= _LONGEST and _language(text) is not None


def is_ucum(code: str) -> bool:
    return len(code) <= _LONGEST and (ucum.unit(code) is not None or _SPECIAL.fullmatch(code) is not None)


FORMS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "http://hl7.org/fhir/ValueSet/mimetypes": ("a MIME type such as text/plain", is_mime_type),
    "http://www.rfc-editor.org/bcp/bcp13.txt": ("a MIME type such as text/plain", is_mime_type),
    "http://hl7.org/fhir/ValueSet/currencies": ("a currency of ISO 4217 such as EUR", _is_currency),
    "http://hl7.org/fhir/ValueSet/all-languages": ("a language tag of BCP 47 such as en-US", is_language),
}
"""Value set -> what its codes are, and whether a text has the form of one."""
