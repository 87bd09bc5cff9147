"""What the client sends and wants back: `_format`, Accept, Content-Type, `_pretty` and Prefer.

JSON only (https://hl7.org/fhir/R4/http.html#mime-type): another format is 406 on the way out and 415 on the way in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from gateway.errors import NotAcceptable, UnsupportedMediaType

FHIR_JSON = "application/fhir+json"
PLAIN_JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_FORMATS = {"json": FHIR_JSON, FHIR_JSON: FHIR_JSON, PLAIN_JSON: PLAIN_JSON, "text/json": PLAIN_JSON}
_RANGES = {**_FORMATS, "*/*": FHIR_JSON, "application/*": FHIR_JSON}
_VERSIONS = {"4.0", "4.0.0", "4.0.1", "r4"}


@dataclass(frozen=True, slots=True)
class Preference:
    """The Prefer header. `returns` is minimal, representation, OperationOutcome or "" (not said)."""

    returns: str = ""
    lenient: bool = False


NO_PREFERENCE = Preference()


@dataclass(frozen=True, slots=True)
class Format:
    """How a response is written: its media type, and whether it is indented for people."""

    media: str = FHIR_JSON
    pretty: bool = False


@lru_cache(maxsize=256)
def wanted(accept: str, format_: str, pretty: str) -> Format:
    """`_format` beats Accept; the best JSON range by q wins. Raises NotAcceptable when no JSON would do."""
    return Format(_media(accept, format_), pretty.lower() == "true")


def _media(accept: str, format_: str) -> str:
    if format_:
        # In a query string an unescaped plus reads as a blank: `_format=application/fhir json` is meant well.
        media, parameters = _media_type(format_.replace(" ", "+"))
        if media not in _FORMATS or not _is_r4(parameters):
            raise NotAcceptable(f"_format={format_} is not offered; use {FHIR_JSON}")
        return _FORMATS[media]
    ranges = [_media_type(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return FHIR_JSON
    offered = [
        (_quality(parameters), _RANGES[media])
        for media, parameters in ranges
        if media in _RANGES and _is_r4(parameters)
    ]
    quality, best = max(offered, key=lambda pair: pair[0], default=(0.0, ""))
    if quality <= 0:
        raise NotAcceptable(f"only {FHIR_JSON} (FHIR R4) is offered")
    return best


def _is_r4(parameters: Mapping[str, str]) -> bool:
    return parameters.get("fhirversion", "4.0").lower() in _VERSIONS


def _quality(parameters: Mapping[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0


def _media_type(text: str) -> tuple[str, dict[str, str]]:
    media, *rest = text.split(";")
    parameters = (part.partition("=") for part in rest)
    return media.strip().lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in parameters}


def require_json(content_type: str) -> None:
    """A resource arrives as FHIR JSON in UTF-8, else UnsupportedMediaType."""
    media, parameters = _media_type(content_type)
    if media not in (FHIR_JSON, PLAIN_JSON):
        raise UnsupportedMediaType(f"Content-Type must be {FHIR_JSON}")
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType("FHIR JSON is written in UTF-8")
    if not _is_r4(parameters):
        raise UnsupportedMediaType("this server speaks FHIR R4 (fhirVersion=4.0)")


def media(content_type: str) -> str:
    """The media type without its parameters, in small letters."""
    return _media_type(content_type)[0]


def require_form(content_type: str) -> None:
    if _media_type(content_type)[0] != FORM:
        raise UnsupportedMediaType(f"POST _search takes {FORM}")


@lru_cache(maxsize=256)
def prefer(header: str) -> Preference:
    """Reads `return=` and `handling=` (https://hl7.org/fhir/R4/http.html#ops).

    What is not known is no error but ignored, and of one preference said twice the first counts (RFC 7240 2).
    """
    words = dict(_preference(part) for part in reversed(header.replace(";", ",").split(",")))
    returns = words.get("return", "")
    known = returns in ("minimal", "representation", "OperationOutcome")
    return Preference(returns if known else "", words.get("handling") == "lenient")


def _preference(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), value.strip().strip('"')
