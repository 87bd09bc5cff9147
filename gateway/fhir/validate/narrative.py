"""Check the narrative: one well-formed XHTML div, with text and images only
(https://hl7.org/fhir/R4/narrative.html#xhtml).

These are the invariants txt-1 and txt-2, which FHIRPath leaves to the platform as `htmlChecks()`. What could run or
fetch active content when a page shows it is an error. So are entities other than XML's five, because they look like
broken text.
"""

from typing import Any
from xml.parsers import expat

from gateway.fhir.validate.active_content import attribute_fault
from gateway.fhir.validate.findings import ValidationIssue, wrong_kind
from gateway.fhir.xml.prolog import LONGEST_NAME, MOST_ATTRIBUTES, is_crowded, is_oversized

_XHTML = "http://www.w3.org/1999/xhtml"
_ELEMENTS = frozenset(
    """div a abbr acronym address area b bdo big blockquote br caption center cite code col colgroup dd del dfn dl dt em
    font h1 h2 h3 h4 h5 h6 hr i img ins kbd li map ol p pre q s samp small span strike strong sub sup table tbody td
    tfoot th thead tr tt u ul var""".split()  # noqa: SIM905
)


class _NarrativeReader:
    """Feeds one div to expat, and keeps the first fault."""

    def __init__(self) -> None:
        self.fault: str | None = None
        self.content = False
        self.namespace: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if self.namespace is None:
            self.namespace = namespace
            if local != "div":
                self._refuse(f"starts with <{local}>, not with <div>")
        if local not in _ELEMENTS or namespace != self.namespace:
            self._refuse(f"holds a <{local}> element")
        self.content = self.content or local == "img"
        for key, value in attributes.items():
            fault = attribute_fault(key, value)
            if fault:
                self._refuse(fault)

    def text(self, text: str) -> None:
        self.content = self.content or not text.isspace()

    def doctype(self, *_: Any) -> None:
        raise expat.ExpatError("a document type declaration is not allowed")

    def instruction(self, target: str, _: str) -> None:
        if target.lower() == "xml-stylesheet":  # others are inert, and word processors write them
            self._refuse("holds a style sheet, which can transform it into a script")

    def _refuse(self, fault: str) -> None:
        self.fault = self.fault or fault


def xhtml(value: Any) -> list[ValidationIssue]:
    """Check a value of the primitive type `xhtml`."""
    if type(value) is not str:
        return wrong_kind("a string of XHTML", value)
    reader = _NarrativeReader()
    fault = _read(value, reader)
    if fault is not None:
        return [ValidationIssue("", "invariant", f"txt-1: the narrative {fault}")]
    if not reader.content:
        return [ValidationIssue("", "invariant", "txt-2: the narrative has neither text nor image")]
    if reader.namespace != _XHTML:  # Many senders leave it out, and nobody's page suffers.
        return [ValidationIssue("", "invariant", f"the narrative should start with <div xmlns={_XHTML!r}>", "warning")]
    return []


def _read(text: str, reader: _NarrativeReader) -> str | None:
    if text.count("=") > MOST_ATTRIBUTES and is_crowded(text.encode("utf-8", "replace")):
        return f"has an element with more than {MOST_ATTRIBUTES} attributes"
    if len(text) > LONGEST_NAME and is_oversized(text.encode("utf-8", "replace")):
        return f"has an element's name of more than {LONGEST_NAME} characters or a tag of more than 16 MB"
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.ProcessingInstructionHandler = reader.instruction
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, ValueError) as error:
        return f"is not well-formed XHTML: {error}"
    return reader.fault
