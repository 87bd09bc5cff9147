"""String functions (https://hl7.org/fhirpath/N1/#string-manipulation). Empty input gives an empty result."""

import base64
import binascii
import html
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from gateway.fhir.path import patterns
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import Argument, PathFunction, plain
from gateway.fhir.path.scope import MOST_ITEMS, Run, Scope
from gateway.fhir.path.values import Nodes, boolean, check_length, integer, string, text, whole

STRING, BOOLEAN, INTEGER = "System.String", "System.Boolean", "System.Integer"


def _on_text(
    apply: Callable[..., Nodes | None], least: int = 0, most: int | None = None, gives: str = STRING
) -> PathFunction:
    """Return the function that calls `apply(text, *texts)`, if no text is missing. A long text costs units."""

    def make(source: Run, *arguments: Argument) -> Run:
        def run(scope: Scope) -> Nodes:
            value = text(source(scope))
            others = [text(argument.run(scope)) for argument in arguments]
            if value is None or None in others:
                return []
            scope.spend(len(value) >> 4)
            return apply(value, *others) or []

        return run

    return PathFunction(least, least if most is None else most, make, gives)


def _on_pattern(apply: Callable[..., Nodes], least: int, most: int, gives: str = STRING) -> PathFunction:
    """Return the same for an `apply` that matches a pattern. Its time is unknown, so the clock is checked after it."""
    plain_text = _on_text(apply, least, most, gives)

    def make(source: Run, *arguments: Argument) -> Run:
        match = plain_text.make(source, *arguments)

        def run(scope: Scope) -> Nodes:
            nodes = match(scope)
            scope.look_at_the_clock()
            return nodes

        return run

    return replace(plain_text, make=make)


def _substring(nodes: Nodes, start: Nodes, *length: Nodes) -> Nodes:
    value, begin = text(nodes), whole(start)
    if value is None or begin is None or not 0 <= begin < len(value):
        return []
    count = whole(length[0]) if length else None
    return string(value[begin:] if count is None else value[begin : begin + max(count, 0)])


def _replace(value: str, part: str, new: str) -> Nodes:
    check_length(len(value) + value.count(part) * len(new))
    return string(value.replace(part, new))


def _split(value: str, separator: str) -> Nodes:
    return _items(value.split(separator) if separator else value)


def _items(texts: Sequence[str]) -> Nodes:
    if len(texts) > MOST_ITEMS:
        raise PathError(f"more than {MOST_ITEMS} items")
    return [("System.String", text, None) for text in texts]


def _join(nodes: Nodes, *separator: Nodes) -> Nodes:
    between = text(separator[0]) if separator else ""
    parts = [part for part in (text([node]) for node in nodes) if part is not None]
    check_length(sum(map(len, parts)) + len(parts) * len(between or ""))
    return string((between or "").join(parts)) if parts else []


def _encode(value: str, form: str) -> Nodes:
    data = value.encode(errors="surrogatepass")
    forms = {"hex": data.hex, "base64": lambda: base64.b64encode(data).decode()}
    forms["urlbase64"] = lambda: base64.urlsafe_b64encode(data).decode()
    return string(forms[form]()) if form in forms else []


def _decode(value: str, form: str) -> Nodes:
    forms: dict[str, Callable[[str], bytes]] = {
        "hex": bytes.fromhex,
        "base64": base64.b64decode,
        "urlbase64": base64.urlsafe_b64decode,
    }
    try:
        return string(forms[form](value).decode()) if form in forms else []
    except (ValueError, binascii.Error):
        return []


def _escape(value: str, form: str) -> Nodes:
    forms = {"html": lambda: html.escape(value), "json": lambda: json.dumps(value, ensure_ascii=False)[1:-1]}
    return string(forms[form]()) if form in forms else []


def _unescape(value: str, form: str) -> Nodes:
    if form == "html":
        return string(html.unescape(value))
    if form != "json":
        return []
    try:
        return string(json.loads(f'"{_quoted(value)}"'))
    except ValueError:
        return []


def _quoted(value: str) -> str:
    """Escape the quotes that have no backslash yet: a JSON string cannot hold them."""
    return re.sub(r'(\\.)|"', lambda match: match[1] or r"\"", value)


FUNCTIONS: dict[str, PathFunction] = {
    "indexOf": _on_text(lambda value, part: integer(value.find(part)), 1, gives=INTEGER),
    "lastIndexOf": _on_text(lambda value, part: integer(value.rfind(part)), 1, gives=INTEGER),
    "substring": plain(_substring, 1, 2, STRING),
    "startsWith": _on_text(lambda value, part: boolean(value.startswith(part)), 1, gives=BOOLEAN),
    "endsWith": _on_text(lambda value, part: boolean(value.endswith(part)), 1, gives=BOOLEAN),
    "contains": _on_text(lambda value, part: boolean(part in value), 1, gives=BOOLEAN),
    "upper": _on_text(lambda value: string(value.upper())),
    "lower": _on_text(lambda value: string(value.lower())),
    "replace": _on_text(_replace, 2),
    "matches": _on_pattern(lambda *texts: boolean(patterns.matches(*texts)), 1, 2, gives=BOOLEAN),
    "matchesFull": _on_pattern(lambda *texts: boolean(patterns.matches_full(*texts)), 1, 2, gives=BOOLEAN),
    "replaceMatches": _on_pattern(lambda *texts: string(patterns.replace_matches(*texts)), 2, 3),
    "length": _on_text(lambda value: integer(len(value)), gives=INTEGER),
    "toChars": _on_text(_items),
    "trim": _on_text(lambda value: string(value.strip())),
    "split": _on_text(_split, 1),
    "join": plain(_join, 0, 1, STRING),
    "encode": _on_text(_encode, 1),
    "decode": _on_text(_decode, 1),
    "escape": _on_text(_escape, 1),
    "unescape": _on_text(_unescape, 1),
}
