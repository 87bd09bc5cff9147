"""The `div` of a narrative: a text in JSON, elements in XML, verbatim in both (https://hl7.org/fhir/R4/narrative.html)."""

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
    """`text` as it can stand in an attribute; what XML cannot hold at all is replaced by U+FFFD."""
    return _SPECIAL.sub(lambda found: _ESCAPES.get(found[0], "\ufffd"), text)


def end(data: bytes, at: int, empty: bool) -> int:
    """Where an element ends: expat tells the beginning of its end tag, and of `<div/>` what comes after it."""
    return at if empty and data[at - 2 : at] == b"/>" else data.index(b">", at) + 1


class Div:
    """Takes the events of a `div` within a resource, until `depth` is 0; `text` is then what JSON says of it.

    It is cut out of the document where it declares its namespace itself, as all do that are written by computers.
    Otherwise, with a prefix or a namespace declared further up, it is written anew.
    """

    def __init__(self, data: bytes, at: int, *, own: bool) -> None:
        self._data, self._at, self.depth, self._empty, self._open = data, at, 0, True, False
        self._parts: list[str] | None = None if own and data[at : at + 4] == b"<div" else []

    def start(self, name: str, attributes: dict[str, str]) -> str:
        """Why the element may not stand here, "" if it may."""
        namespace, _, local = name.rpartition(" ")
        self._empty = self.depth == 0
        self.depth += 1
        if self._parts is None:
            return ""
        strange = [key for key in attributes if " " in key and not key.startswith(f"{_XML} ")]
        if namespace != XHTML or strange:
            return "the narrative holds something that is not XHTML"
        declared = f' xmlns="{XHTML}"' if self.depth == 1 else ""
        given = "".join(f' {key.replace(f"{_XML} ", "xml:")}="{escaped(value)}"' for key, value in attributes.items())
        self._parts.append(f"<{local}{declared}{given}>")
        self._open = True
        return ""

    def characters(self, text: str) -> None:
        self._empty = self._open = False
        if self._parts is not None:
            self._parts.append(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))

    def end(self, name: str, at: int) -> None:
        self.depth -= 1
        local = name.rpartition(" ")[2]
        if self._parts is not None and self._open and local in _VOID:  # <br></br> would be two to a browser
            self._parts[-1] = self._parts[-1][:-1] + "/>"
        elif self._parts is not None:
            self._parts.append(f"</{local}>")
        elif self.depth == 0:
            self._end = end(self._data, at, self._empty)
        self._open = False

    @property
    def text(self) -> str:
        return self._data[self._at : self._end].decode() if self._parts is None else "".join(self._parts)


def insertable(text: str) -> str:
    """`text`, the div of a JSON narrative, as it can stand in an XML document: with its namespace.

    What is no single well-formed `div`, which a lenient gateway may hold, becomes the text of one.
    """
    for attempt in (text, _NAMED.sub(lambda found: f"&#{ord(html.unescape(found[0])[0])};", text)):
        if (found := _root(attempt)) is not None:
            return found
    return f'<div xmlns="{XHTML}">{escaped(text)}</div>'


def _root(text: str) -> str | None:
    """The `div` in `text` without what is around it; None if it is not well-formed, or something else."""
    data = text.encode("utf-8", "replace")
    if b"\0" in data or has_doctype(data) or is_crowded(data):
        return None
    alone = _Alone(data)
    if not alone.is_read():
        return None
    if alone.name == "div":  # without a namespace
        return _root(f'<div xmlns="{XHTML}"{alone.text[4:]}')
    return alone.text if alone.name == f"{XHTML} div" else None


class _Alone:
    """Reads a text that should be one `div`."""

    def __init__(self, data: bytes) -> None:
        self._data, self._depth, self._empty, self._from, self._to, self.name = data, 0, True, 0, 0, ""
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._stop
        self._parser.CharacterDataHandler = self._characters

    def is_read(self) -> bool:
        """Whether it is well-formed; `name`, with the namespace, and `text` are then those of its one element."""
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
