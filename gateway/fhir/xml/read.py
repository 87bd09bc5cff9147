"""Parse XML into the dict that the same resource has in JSON, in one pass through expat and the definitions.

Nothing outside the text is ever read: document types, entities and processing instructions are refused, so there is
nothing to expand and no address to fetch from (https://hl7.org/fhir/R4/security.html#xml).
"""

import re
from typing import Any, NoReturn
from xml.parsers import expat

from gateway import budget
from gateway.errors import Malformed
from gateway.fhir import fhir_json, r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.xml.layout import FHIR, XHTML, XmlField, attributes
from gateway.fhir.xml.narrative import Div
from gateway.fhir.xml.open_element import OpenElement
from gateway.fhir.xml.prolog import BOM, LONGEST_NAME, MOST_ATTRIBUTES, has_doctype, is_crowded, is_oversized

_BLANKS = " \t\r\n"
_ENCODINGS = ("utf-8", "utf8", "us-ascii", "ascii")
_MAX_NARRATIVE_DEPTH = 200
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_PLUS = re.compile(r"\+[1-9][0-9]*", re.ASCII)
_NUMBERS = frozenset({"decimal", "integer", "positiveInt", "unsignedInt"})
_PLUS_ALLOWED = frozenset({"integer", "positiveInt"})
_BOOLEANS = {"true": True, "false": False}


class Misplaced(Malformed):
    """Well-formed XML that is not FHIR: an element or attribute that R4 does not allow there."""


def parse(data: bytes | str, *, max_depth: int = 64) -> Resource:
    """Parse one resource in UTF-8, with or without a byte order mark.

    Raises Malformed for text that is not well-formed or not UTF-8, and for a document type declaration. Raises
    Misplaced, with the line and the FHIRPath, for
    - an unknown, repeated or misordered element, and an unknown attribute;
    - text between elements;
    - an empty attribute or element;
    - elements nested deeper than `max_depth`.
    """
    data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    data = data.removeprefix(BOM)
    if not data.strip():
        raise Malformed("The body is empty; expected a FHIR resource in XML.")
    if b"\0" in data:  # expat would read it as UTF-16, although it is told the encoding
        raise Malformed("Not acceptable: FHIR XML is written in UTF-8, and never holds a NUL.")
    if has_doctype(data):
        raise Malformed("Not acceptable: a document type declaration (DOCTYPE) has no place in FHIR XML.")
    if is_crowded(data):
        raise Malformed(f"Not acceptable: an element with more than {MOST_ATTRIBUTES} attributes.")
    if is_oversized(data):
        raise Malformed(
            f"Not acceptable: an element's name of more than {LONGEST_NAME} characters or a tag of more than 16 MB."
        )
    resource = _XmlReader(data, max_depth).read()
    fhir_json.check_depth(resource, max_depth)
    return resource


def _primitive(code: str, text: str) -> Any:
    """Return the JSON value of a primitive. A text that does not fit the type is left to the validator."""
    if code == "boolean":
        return _BOOLEANS.get(text, text)
    if code in _NUMBERS:
        if _NUMBER.fullmatch(text):
            return fhir_json.parse_value(f"[{text}]")[0]
        if code in _PLUS_ALLOWED and _PLUS.fullmatch(text):
            return fhir_json.parse_value(f"[{text[1:]}]")[0]
    return text


class _XmlReader:
    """A parse of one document. The methods from `_declaration` to `_end` are called by expat."""

    def __init__(self, data: bytes, max_depth: int) -> None:
        self._data, self._max_depth = data, max_depth
        self._stack: list[OpenElement] = []
        self._root: Resource | None = None
        self._div: Div | None = None
        self._declared = False  # whether the element that comes next makes XHTML its default namespace
        self._parser = parser = expat.ParserCreate("utf-8", " ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartNamespaceDeclHandler = self._namespace
        parser.XmlDeclHandler = self._declaration
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype

    def read(self) -> Resource:
        try:
            self._parser.Parse(self._data, True)
        except expat.ExpatError as error:
            raise Malformed(self._at(f"Not valid XML: {self._reason(error)}"), expression=self._path()) from None
        assert self._root is not None  # expat refuses a document without an element
        return self._root

    def _reason(self, error: expat.ExpatError) -> str:
        try:
            self._data.decode()
        except UnicodeDecodeError:
            return "the text is not UTF-8"
        return expat.ErrorString(error.code) or "not well-formed"

    def _refuse(self, text: str, below: str = "") -> NoReturn:
        raise Misplaced(self._at(text[0].upper() + text[1:]), expression=self._path() + below)

    def _at(self, text: str) -> str:
        return f"{text} at line {self._parser.ErrorLineNumber}, column {self._parser.ErrorColumnNumber + 1}."

    def _path(self) -> str:
        around = [None, *self._stack]
        return "".join(frame.step(parent) for parent, frame in zip(around, self._stack, strict=False))

    # --- Events of expat -------------------------------------------------------------------------------------------

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            self._refuse("FHIR XML is written in UTF-8, another encoding is declared")

    def _instruction(self, target: str, data: str) -> None:
        self._refuse("a processing instruction has no place in FHIR XML")

    def _doctype(self, *_: Any) -> None:
        self._refuse("a document type declaration has no place in FHIR XML")

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        if prefix is None:
            self._declared = uri == XHTML

    def _start(self, name: str, given: dict[str, str]) -> None:
        budget.check()
        declared, self._declared = self._declared, False
        if self._div is not None:
            self._within(self._div, name, given)
            return
        if len(self._stack) >= self._max_depth:
            self._refuse(f"nested deeper than {self._max_depth} levels")
        namespace, _, local = name.rpartition(" ")
        if not self._stack or self._stack[-1].kind == "resource":
            self._resource(namespace, local, given)
            return
        field = self._field(self._stack[-1], namespace, local)
        if field.kind == "xhtml":
            self._div = Div(self._data, self._parser.CurrentByteIndex, own=declared)
            self._within(self._div, name, given)
        else:
            self._element(field, given)

    def _within(self, div: Div, name: str, given: dict[str, str]) -> None:
        if fault := div.start(name, given):
            self._refuse(fault, ".div")
        if div.depth > _MAX_NARRATIVE_DEPTH:
            self._refuse(f"a narrative nested deeper than {_MAX_NARRATIVE_DEPTH} levels", ".div")

    def _characters(self, text: str) -> None:
        if self._div is not None:
            self._div.characters(text)
        elif text.strip(_BLANKS):
            self._refuse("text between the elements; a value stands in the attribute value")

    def _end(self, name: str) -> None:
        if self._div is not None:
            self._div.end(name, self._parser.CurrentByteIndex)
            if self._div.depth == 0:
                self._stack[-1].value["div"] = self._div.text
                self._div = None
            return
        frame = self._stack[-1]
        if frame.is_empty:
            self._refuse("an element must have a value or children")
        self._stack.pop()
        if self._stack:
            self._stack[-1].add(frame)
        else:
            self._root = frame.value

    # --- Elements and attributes -----------------------------------------------------------------------------------

    def _resource(self, namespace: str, local: str, given: dict[str, str]) -> None:
        if namespace != FHIR:
            self._refuse(f"the element {_shown(local)} is not in the namespace {FHIR}")
        if local not in r4.resource_types():
            self._refuse(f"{_shown(local)} is not a resource type of FHIR R4")
        if self._stack and self._stack[-1].value:
            self._refuse("more than one resource in one element")
        self._stack.append(OpenElement(None, local))
        self._attributes(given, ())

    def _field(self, parent: OpenElement, namespace: str, local: str) -> XmlField:
        field = parent.fields.get(local)
        if field is None:
            self._refuse(f"unknown element {_shown(local)} in {parent.type}", _step(local))
        if namespace != (XHTML if field.kind == "xhtml" else FHIR):
            wanted = XHTML if field.kind == "xhtml" else FHIR
            self._refuse(f"the element {_shown(local)} is not in the namespace {wanted}", _step(local))
        if field.place < parent.place:
            self._refuse(
                f"element {local} must come before {parent.last}: R4 fixes the order of elements", f".{field.path}"
            )
        if field.place == parent.place and field.key != parent.last:
            self._refuse(f"found both {parent.last} and {local}, of which one may be there", f".{field.path}")
        if field.place == parent.place and not field.many:
            self._refuse(f"{local} may not be repeated", f".{field.path}")
        parent.place, parent.last = field.place, field.key
        return field

    def _element(self, field: XmlField, given: dict[str, str]) -> None:
        frame = OpenElement(field, field.type)
        self._stack.append(frame)
        if field.kind == "primitive":
            self._attributes(given, ("id", "value"))
            if (text := frame.value.pop("value", None)) is not None:
                frame.plain = self._plain(field.type, text)
        else:
            self._attributes(given, attributes(field.type))

    def _plain(self, code: str, text: str) -> Any:
        try:
            return _primitive(code, text)
        except Malformed as error:
            self._refuse(error.text.rstrip("."))

    def _attributes(self, given: dict[str, str], allowed: tuple[str, ...]) -> None:
        value = self._stack[-1].value
        for name, text in given.items():
            if name not in allowed:
                self._refuse(f"unknown attribute {_shown(name.rpartition(' ')[2])}")
            if not text.strip(_BLANKS):
                self._refuse(f"the attribute {name} is empty")
            value[name] = text


def _shown(name: str) -> str:
    return repr(name[:64])


def _step(local: str) -> str:
    return f".{local}" if local.isascii() and local.isalnum() and len(local) <= 64 else ""
