"""Convert the `div` of a narrative, which is a text in JSON and elements in XML, without changing it.

https://hl7.org/fhir/R4/narrative.html
"""

import html
import re
from typing import Any
from xml.parsers import expat

from gateway import budget
from gateway.fhir.xml.layout import XHTML
from gateway.fhir.xml.prolog import has_doctype, is_crowded

_XML = "http://www.w3.org/XML/1998/namespace"
_VOID = frozenset({"br", "col", "hr", "img"})
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]\w*;")
_SPECIAL = re.compile('[&<>"\t\n\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def escaped(text: str) -> str:
    """Escape `text` for an attribute. Characters that XML cannot hold are replaced by U+FFFD."""
    return _SPECIAL.sub(lambda character: _ESCAPES.get(character[0], "\ufffd"), text)


def end(data: bytes, at: int, empty: bool) -> int:
    """Return the end of an element. `at` is from expat: the start of its end tag, but the position after a `<div/>`."""
    return at if empty and data[at - 2 : at] == b"/>" else data.index(b">", at) + 1


class Div:
    """A `div` that is being read. It gets the parser's events until `depth` is 0; then `text` is its JSON.

    If the `div` declares its namespace itself (`own`), as most do, `text` is cut out of the document as it is. With a
    prefix, or with a namespace that is declared further up, it is written anew.
    """

    def __init__(self, data: bytes, at: int, *, own: bool) -> None:
        self._data, self._at, self.depth, self._empty, self._open = data, at, 0, True, False
        self._parts: list[str] | None = None if own and data[at : at + 4] == b"<div" else []

    def start(self, name: str, attributes: dict[str, str]) -> str:
        """Begin an element. Return why it is not allowed in a narrative, "" if it is."""
        namespace, _, local = name.rpartition(" ")
        self._empty = self.depth == 0
        self.depth += 1
        if self._parts is None:
            return ""
        strange = [key for key in attributes if " " in key and not key.startswith(f"{_XML} ")]
        if namespace != XHTML or strange:
            return "the narrative holds something that is not XHTML"
        declared = f' xmlns="{XHTML}"' if self.depth == 1 else ""
        written = "".join(f' {key.replace(f"{_XML} ", "xml:")}="{escaped(value)}"' for key, value in attributes.items())
        self._parts.append(f"<{local}{declared}{written}>")
        self._open = True
        return ""

    def characters(self, text: str) -> None:
        """Note that the present element has text."""
        self._empty = self._open = False
        if self._parts is not None:
            self._parts.append(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))

    def end(self, name: str, at: int) -> None:
        """End an element."""
        self.depth -= 1
        local = name.rpartition(" ")[2]
        if self._parts is not None and self._open and local in _VOID:  # browsers read <br></br> as two line breaks
            self._parts[-1] = self._parts[-1][:-1] + "/>"
        elif self._parts is not None:
            self._parts.append(f"</{local}>")
        elif self.depth == 0:
            self._end = end(self._data, at, self._empty)
        self._open = False

    @property
    def text(self) -> str:
        """Return the text of the narrative."""
        return self._data[self._at : self._end].decode() if self._parts is None else "".join(self._parts)


def insertable(text: str) -> str:
    """Return the div of a JSON narrative as XML with its namespace.

    A text that is not one well-formed `div`, which a lenient gateway may have stored, becomes the text of a new one.
    """
    # XML does not know the named entities of HTML, so a second attempt writes them as numbers.
    for attempt in (text, _NAMED.sub(lambda entity: f"&#{ord(html.unescape(entity[0])[0])};", text)):
        if (div := _root(attempt)) is not None:
            return div
    return f'<div xmlns="{XHTML}">{escaped(text)}</div>'


def _root(text: str) -> str | None:
    """Return the `div` in `text` without comments around it, None if it is not well-formed or not a `div`."""
    data = text.encode("utf-8", "replace")
    if b"\0" in data or has_doctype(data) or is_crowded(data):
        return None
    reader = _DivReader(data)
    if not reader.is_read():
        return None
    if reader.name == "div":  # without a namespace
        return _root(f'<div xmlns="{XHTML}"{reader.text[4:]}')
    return reader.text if reader.name == f"{XHTML} div" else None


class _DivReader:
    """A reader of a text that should be one `div`."""

    def __init__(self, data: bytes) -> None:
        self._data, self._depth, self._empty, self._from, self._to, self.name = data, 0, True, 0, 0, ""
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._stop
        self._parser.CharacterDataHandler = self._characters

    def is_read(self) -> bool:
        """Read the text and tell whether it is well-formed. Then `name` (with namespace) and `text` are set."""
        try:
            self._parser.Parse(self._data, True)
        except (expat.ExpatError, ValueError):
            return False
        return True

    @property
    def text(self) -> str:
        return self._data[self._from : self._to].decode()

    def _start(self, name: str, _: Any) -> None:
        budget.check()
        self._empty = self._depth == 0
        if self._depth == 0:
            self.name, self._from = name, self._parser.CurrentByteIndex
        self._depth += 1

    def _characters(self, _: str) -> None:
        self._empty = False

    def _stop(self, _: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._to = end(self._data, self._parser.CurrentByteIndex, self._empty)
