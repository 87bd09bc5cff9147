"""Negotiate formats: `_format`, Accept, Content-Type, `_pretty` and Prefer.

JSON and XML are offered (https://hl7.org/fhir/R4/http.html#mime-type). Another format is 406 for answers and 415 for
bodies. R4 and R4B (`fhirVersion=4.0` and `4.3`) count as the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from gateway.errors import NotAcceptable, UnsupportedMediaType

FHIR_JSON = "application/fhir+json"
FHIR_XML = "application/fhir+xml"
PLAIN_JSON = "application/json"
PLAIN_XML = "application/xml"
TEXT_XML = "text/xml"
FORM = "application/x-www-form-urlencoded"
FORMATS = ("json", "xml", FHIR_JSON, FHIR_XML, PLAIN_JSON, PLAIN_XML)
"""The formats that the CapabilityStatement lists."""
JSON = frozenset({FHIR_JSON, PLAIN_JSON})
XML = frozenset({FHIR_XML, PLAIN_XML, TEXT_XML})

_MAX_RANGES = 100
_NAMES = {"json": FHIR_JSON, "xml": FHIR_XML, "text/json": PLAIN_JSON} | {media: media for media in JSON | XML}
_NAMES |= {"application/json+fhir": FHIR_JSON, "application/xml+fhir": FHIR_XML}  # of DSTU2; "encouraged" still
_OFFERED = (FHIR_JSON, FHIR_XML, PLAIN_JSON, PLAIN_XML, TEXT_XML)  # by preference
_VERSIONS = {"4.0": "4.0", "4.0.0": "4.0", "4.0.1": "4.0", "r4": "4.0", "4.3": "4.3", "4.3.0": "4.3", "r4b": "4.3"}


@dataclass(frozen=True, slots=True)
class Preference:
    """The Prefer header. `returns` is minimal, representation, OperationOutcome, or "" if absent."""

    returns: str = ""
    lenient: bool = False


NO_PREFERENCE = Preference()


@dataclass(frozen=True, slots=True)
class Format:
    """The form of a response: media type, indentation, and the fhirVersion that was asked for, if any.

    `native` is the Accept header of a client that reads a Binary and may want its content instead of the resource.
    """

    media: str = FHIR_JSON
    pretty: bool = False
    version: str = ""
    native: str | None = None

    @property
    def xml(self) -> bool:
        """Whether the format is XML."""
        return self.media in XML

    @property
    def content_type(self) -> str:
        """The Content-Type of the response."""
        version = f"; fhirVersion={self.version}" if self.version else ""
        return f"{self.media}{version}; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Range:
    """One part of an Accept header. `version` is None for a version of FHIR that is not supported."""

    media: str
    quality: float
    version: str | None = ""

    def names(self, media: str) -> int:
        """Return how exactly the part names `media`: 3 by name, 2 by `application/*`, 1 by `*/*`, 0 if not at all."""
        if self.media == media:
            return 3
        return 2 if self.media == media.partition("/")[0] + "/*" else int(self.media == "*/*")


@lru_cache(maxsize=256)
def wanted(accept: str, format_: str, pretty: str) -> Format:
    """Choose the format of the answer: `_format` beats Accept; the higher q wins, then the first that is named.

    Raises NotAcceptable if neither format would do.
    """
    media, version = _named(format_) if format_ else _accepted(accept)
    return Format(media, pretty.lower() == "true", version)


@lru_cache(maxsize=256)
def wanted_content(accept: str, format_: str, pretty: str) -> Format:
    """Choose the format for a Binary, whose content may have any type: only another version of FHIR is refused."""
    if format_:
        return wanted(accept, format_, pretty)
    try:
        media, version = _accepted(accept)
    except NotAcceptable:
        if any(one.version is None for one in ranges(accept)):
            raise
        media, version = FHIR_JSON, ""
    return Format(media, pretty.lower() == "true", version, accept)


def is_native(accept: str, content_type: str) -> bool:
    """Return whether to send a Binary as its content (https://hl7.org/fhir/R4/binary.html#rest).

    "The intent is that unless specifically requested, the FHIR XML/JSON representation is not returned": the media
    types of FHIR request it. `application/json` may be the type of the content, and `*/*` requests nothing in
    particular.
    """
    given = ranges(accept)
    fhir = [one.quality for one in given if one.media in (FHIR_JSON, FHIR_XML) and one.version is not None]
    own = _media_type(content_type)[0]
    meant = [(one.names(own), one.quality) for one in given if one.names(own)]
    return not any(fhir) or max(meant, default=(0, 0.0))[1] > max(fhir)


def ranges(accept: str) -> list[Range]:
    """Parse an Accept header; parts beyond the limit are ignored."""
    return [_range(part) for part in accept.split(",", _MAX_RANGES)[:_MAX_RANGES] if part.strip()]


def _range(text: str) -> Range:
    media, parameters = _media_type(text)
    return Range(_NAMES.get(media, media) if "/" in media else media, _quality(parameters), _version(parameters))


def _named(format_: str) -> tuple[str, str]:
    # In a query string an unescaped plus reads as a blank: `_format=application/fhir json` is meant well.
    name, _, rest = format_.partition(";")
    media, parameters = _media_type(f"{name.strip().replace(' ', '+')};{rest}")
    version = _version(parameters)
    if media not in _NAMES or version is None:
        raise NotAcceptable(f"_format={format_[:80]} is not offered; use {FHIR_JSON} or {FHIR_XML}")
    return _NAMES[media], version


def _accepted(accept: str) -> tuple[str, str]:
    """Return media type and fhirVersion. A part that names a type outranks `*/*`, even with q=0 (RFC 9110 12.5.1)."""
    given = ranges(accept)
    if not given:
        return FHIR_JSON, ""
    best, rank = Range("", 0.0), (0.0, 0, 0)
    for media in _OFFERED:
        meant = [(one.names(media), one.quality, -place, one) for place, one in enumerate(given) if one.names(media)]
        meant = [each for each in meant if each[-1].version is not None]
        if meant:
            exactness, quality, place, one = max(meant, key=lambda each: each[:3])
            if (quality, exactness, place) > rank and quality > 0:
                best, rank = Range(media, quality, one.version), (quality, exactness, place)
    if not best.media:
        raise NotAcceptable(f"only {FHIR_JSON} and {FHIR_XML} (FHIR R4) are offered")
    return best.media, best.version or ""


def _version(parameters: Mapping[str, str]) -> str | None:
    """Return the fhirVersion to echo, "" if absent, None for a version other than R4 and R4B."""
    given = parameters.get("fhirversion", "")
    return _VERSIONS.get(given.lower()) if given else ""


def _quality(parameters: Mapping[str, str]) -> float:
    try:
        quality = float(parameters.get("q", "1"))
    except ValueError:
        return 0.0
    return min(quality, 1.0) if quality > 0 else 0.0


def _media_type(text: str) -> tuple[str, dict[str, str]]:
    media, *rest = text.split(";")
    parameters = (part.partition("=") for part in rest)
    return media.strip().lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in parameters}


def is_fhir(content_type: str) -> bool:
    """Return whether a body of this type may be a resource."""
    media = _media_type(content_type)[0]
    return "/" in media and media in _NAMES


@lru_cache(maxsize=256)
def is_xml(content_type: str) -> bool:
    """Return whether a resource arrives as XML rather than JSON, both in UTF-8. Raises UnsupportedMediaType for other
    types.
    """
    name, parameters = _media_type(content_type)
    media = _NAMES.get(name, "") if "/" in name else ""
    if not media:
        raise UnsupportedMediaType(f"Content-Type must be {FHIR_JSON} or {FHIR_XML}")
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType("FHIR JSON and XML are written in UTF-8")
    if _version(parameters) is None:
        raise UnsupportedMediaType("this server speaks FHIR R4 (fhirVersion=4.0, or 4.3)")
    return media in XML


def media(content_type: str) -> str:
    """Return the media type without parameters, in lower case."""
    return _media_type(content_type)[0]


def require_form(content_type: str) -> None:
    """Raise UnsupportedMediaType unless the body is an HTML form."""
    if _media_type(content_type)[0] != FORM:
        raise UnsupportedMediaType(f"POST _search takes {FORM}")


@lru_cache(maxsize=256)
def prefer(header: str) -> Preference:
    """Read `return=` and `handling=` (https://hl7.org/fhir/R4/http.html#ops).

    Unknown preferences are ignored. If one is repeated, the first counts (RFC 7240 2).
    """
    words = dict(_preference(part) for part in reversed(header.replace(";", ",").split(",")))
    returns = words.get("return", "")
    known = returns in ("minimal", "representation", "OperationOutcome")
    return Preference(returns if known else "", words.get("handling") == "lenient")


def _preference(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), value.strip().strip('"')
