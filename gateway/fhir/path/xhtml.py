"""Check narratives for htmlChecks() (https://hl7.org/fhir/R4/narrative.html#xhtml, invariants txt-1 and txt-2)."""

import html
import re
from xml.etree import ElementTree

_NAMESPACE = "{http://www.w3.org/1999/xhtml}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_ELEMENTS = """
a abbr acronym b big blockquote br caption cite code col colgroup dd del dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img
ins kbd li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var
"""
_ATTRIBUTES = """
abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff charset cite
class colspan compact coords dir frame headers height href hreflang hspace id lang longdesc name nowrap rel rev rowspan
rules scope shape span src start style summary tabindex title type valign value vspace width
"""
_ALLOWED_ELEMENTS = frozenset(_ELEMENTS.split())
_ALLOWED_ATTRIBUTES = frozenset(_ATTRIBUTES.split())


def is_narrative(text: str) -> bool:
    """Tell whether `text` is one XHTML `div` with only allowed elements and attributes, and with a text or an image."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return False
    try:
        root = ElementTree.fromstring(_named_entities(text))
    except ElementTree.ParseError:
        return False
    if root.tag != f"{_NAMESPACE}div" or not all(_is_allowed(element) for element in root.iter()):
        return False
    return any(part.strip() for part in root.itertext()) or root.find(f".//{_NAMESPACE}img") is not None


def _named_entities(text: str) -> str:
    """Resolve the named entities of HTML, except the five that XML has too."""
    return re.sub(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]\w*;", lambda match: html.unescape(match[0]), text)


def _is_allowed(element: ElementTree.Element) -> bool:
    if element.tag.removeprefix(_NAMESPACE) not in _ALLOWED_ELEMENTS:
        return False
    return all(key in _ALLOWED_ATTRIBUTES or key.startswith(_XML) for key in element.attrib)
