"""FHIR JSON text ⇄ plain Python values (https://hl7.org/fhir/R4/json.html).

Objects are dicts in the order written, integers int, all other numbers Decimal with the precision written, so that
`dump(parse(data))` gives back every value exactly: 1.00 stays 1.00.
"""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

import msgspec

from gateway import budget
from gateway.errors import Malformed, TooLarge
from gateway.fhir import json_pieces

Resource = dict[str, Any]

_MAX_NUMBER_LENGTH = 400
_MAX_EXPONENT = 308  # the range of a double: nothing measured lies beyond, and 1e999999999 stays a harmless refusal
_MAX_VALUES = 6_000_000  # real payloads have one in 25 bytes; each takes about 100 bytes of memory
_BOM = b"\xef\xbb\xbf"
_MINUS_ZERO_STARTS = (b":-0", b" -0", b",-0", b"[-0", b"\n-0", b"\t-0")
_MINUS_ZERO = re.compile(rb"[:\[,][ \t\r\n]*-0[ \t\r\n,\]}]")
_KEY = re.compile(rb'"[ \t\r\n]*:')
_WITHIN_KEY = re.compile(rb'[" \t\r\n:]*')
_AT_ONCE = 1024 * 1024  # bytes that one call of a pattern looks through
_BYTE_POSITION = re.compile(r"\(byte (\d+)\)$")


class _BadNumber(Exception):
    pass


def _decimal(text: str) -> Decimal:
    if len(text) > _MAX_NUMBER_LENGTH:
        raise _BadNumber(f"a number of {len(text)} characters; at most {_MAX_NUMBER_LENGTH} are accepted")
    try:
        value = Decimal(text)
    except ArithmeticError:
        raise _BadNumber(f"the number {text} is out of range") from None
    if not -_MAX_EXPONENT <= value.adjusted() <= _MAX_EXPONENT:
        raise _BadNumber(f"the number {text} is out of range")
    return value


def _whole(text: str) -> int | Decimal:
    return Decimal(text) if text == "-0" else int(text)


_decode = msgspec.json.Decoder(float_hook=_decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode
_DEEPEST = 1_000  # levels of the texts that `same` compares
_SUMMED = 256 * 1024  # bytes that one call sums up


def parse(data: bytes | str, *, max_depth: int = 64) -> Resource:
    """The JSON object in `data` (UTF-8, a byte order mark is accepted). Its FHIR content is not looked at.

    Raises Malformed for text that is not strict JSON (with line and column), for a key that occurs twice in one
    object (with its path), for anything but an object, for objects and arrays nested deeper than `max_depth`, and
    for numbers outside the range of a double; TooLarge for millions of values.
    """
    tree = value(data, max_depth=max_depth)
    if type(tree) is not dict:
        raise Malformed(f"The body must be one JSON object, a FHIR resource; found {_kind(tree)}.")
    return tree


def value(data: bytes | str, *, max_depth: int = 64) -> Any:
    """Any JSON value, such as the array that a JSON Patch is; raises Malformed as `parse` does."""
    data = _bytes(data)
    if len(data) > _MAX_VALUES and _count_structure(data) > _MAX_VALUES:
        raise TooLarge(f"The JSON holds more than {_MAX_VALUES} values.")
    try:
        tree = json_pieces.decode(data, _piece, max_depth)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, _BadNumber) as error:
        _refuse(data, error, max_depth)
    # Every key is followed by a colon, so as many `":` as there are keys proves that no key was swallowed.
    if _count_colons(data) != _count_keys(tree, max_depth):
        _refuse_duplicates(data)
    return tree


def _piece(data: Any) -> Any:
    tree = _decode(data)
    text = bytes(data)
    if any(start in text for start in _MINUS_ZERO_STARTS) and _MINUS_ZERO.search(text):
        # msgspec reads -0 as the integer 0; as a decimal it is another text, and texts are kept.
        return json.loads(text, parse_float=_decimal, parse_int=_whole)
    return Decimal("-0") if text.strip(b" \t\r\n") == b"-0" else tree


def _count_structure(data: bytes) -> int:
    """Count commas and opening brackets: about one for each value."""
    starts = range(0, len(data), _AT_ONCE)
    return sum([data.count(sign, start, start + _AT_ONCE) for start in starts for sign in (b",", b"{", b"[")])


def _count_colons(data: bytes) -> int:
    """Count the quotes that a colon follows, slice by slice; no slice ends between the two."""
    count, start = 0, 0
    while start < len(data):
        boundary = _WITHIN_KEY.match(data, min(start + _AT_ONCE, len(data)))
        end = boundary.end() if boundary else len(data)
        count += len(_KEY.findall(data, start, end))
        start = end
    return count


def check_depth(tree: Any, max_depth: int = 64) -> None:
    """Raises Malformed for what `parse` would find nested too deep: values that were put together, not parsed."""
    _count_keys(tree, max_depth)


def copied(tree: Any) -> Any:
    """Return a copy of a JSON value that shares no object or array with it, much faster than `copy.deepcopy`."""
    if tree.__class__ is dict:
        return {key: copied(child) for key, child in tree.items()}
    if tree.__class__ is list:
        return [copied(child) for child in tree]
    return tree


def dump(value: Any) -> bytes:
    """Compact UTF-8 JSON of what `parse` gives; decimals as numbers with their precision."""
    return _encode(value)


def same(one: bytes, other: bytes) -> bool:
    """Whether two values that `dump` wrote differ at most in the order of members, which means nothing in JSON; numbers
    are the same when written the same. What is not the same is nearly always told without being opened."""
    if one == other:
        return True
    if len(one) != len(other) or _sum(one) != _sum(other):
        return False
    return _alike(json_pieces.decode(one, _decode, _DEEPEST), json_pieces.decode(other, _decode, _DEEPEST))


def _sum(data: bytes) -> int:
    """Sum up the bytes, which gives the same for the same bytes in any order."""
    return sum([sum(data[start : start + _SUMMED]) for start in range(0, len(data), _SUMMED)])


def _alike(one: Any, other: Any) -> bool:
    """Compare two JSON values: keys may stand in any order, and numbers are the same when written the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return type(one) is type(other) and str(one) == str(other)


def _bytes(data: bytes | str) -> bytes:
    if isinstance(data, str):
        try:
            data = data.encode()
        except UnicodeEncodeError as error:
            raise Malformed(f"The text holds a lone surrogate at character {error.start}.") from None
    return data[3:] if data.startswith(_BOM) else data


def _count_keys(tree: Any, max_depth: int) -> int:
    keys, depth, level = 0, 0, list[Any]([tree] if isinstance(tree, dict | list) else [])
    while level:
        depth += 1
        budget.check()
        if depth > max_depth:
            raise Malformed(f"The JSON is nested deeper than {max_depth} levels.")
        below: list[Any] = []
        for node in level:
            if type(node) is dict:
                keys += len(node)
                node = node.values()
            below += [child for child in node if type(child) is dict or type(child) is list]
        level = below
    return keys


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {list: "an array", str: "a string", bool: "a boolean"}
    return names.get(type(value), "a number")


# --- refusals: slow, exact, off the hot path -------------------------------------------------------------------


def _refuse(data: bytes, error: Exception, max_depth: int) -> NoReturn:
    if isinstance(error, RecursionError):
        raise Malformed(f"The JSON is nested deeper than {max_depth} levels.") from None
    if isinstance(error, _BadNumber):
        raise Malformed(f"Not acceptable: {error}.") from None
    if not data.strip():
        raise Malformed("The body is empty; expected a FHIR resource in JSON.")
    reason, at = _position(data, error)
    line = data.count(b"\n", 0, at) + 1
    column = len(data[data.rfind(b"\n", 0, at) + 1 : at].decode("utf-8", "replace")) + 1
    raise Malformed(f"Not valid JSON: {reason} at line {line}, column {column}.")


def _position(data: bytes, error: Exception) -> tuple[str, int]:
    """What is wrong, and the byte where."""
    try:
        text = data.decode()
    except UnicodeDecodeError as bad:
        return "the text is not UTF-8", bad.start
    if len(data) > _AT_ONCE:  # the standard parser has better words, but would hold the interpreter for a second
        position = _BYTE_POSITION.search(str(error))
        if position is not None and "surrogate" not in str(error):
            return str(error)[: position.start()].removeprefix("JSON is malformed:").strip(), int(position[1])
        if "truncated" in str(error):
            return "the text ends too early", len(data)
    try:
        json.loads(text, parse_int=str)
    except json.JSONDecodeError as bad:
        return bad.msg[0].lower() + bad.msg[1:], len(text[: bad.pos].encode())
    except RecursionError:
        return "something", 0
    if found := re.search(r"(?<![\d.])-?\d{4000,}", text):
        return "a number with too many digits", len(text[: found.start()].encode())
    found = _BYTE_POSITION.search(str(error))
    if found is None or "surrogate" in str(error):
        return _lone_surrogate(text)
    return str(error)[: found.start()].removeprefix("JSON is malformed:").strip(), int(found[1])


def _lone_surrogate(text: str) -> tuple[str, int]:
    """The standard parser accepts half of a surrogate pair, msgspec rightly does not but cannot say where it was."""
    for found in re.finditer(r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])", text):
        return "half of a surrogate pair", len(text[: found.start()].encode())
    return "half of a surrogate pair", 0


class _Members(dict[str, Any]):
    """An object that remembers the first key that occurred twice in it."""

    duplicate: str | None = None


def _members(pairs: list[tuple[str, Any]]) -> _Members:
    budget.check()
    members = _Members()
    for key, value in pairs:
        if key not in members:
            members[key] = value
        elif members.duplicate is None:
            members.duplicate = key
    return members


def _refuse_duplicates(data: bytes) -> None:
    """Raises if a key does occur twice; a text such as `he said \\":` merely looks like a key to the fast test."""
    tree = json.loads(data, object_pairs_hook=_members, parse_float=str, parse_int=str)
    root = tree.get("resourceType", "$") if isinstance(tree, dict) else "$"
    waiting: list[tuple[str, Any]] = [(str(root), tree)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, _Members):
            if (key := node.duplicate) is not None:
                raise Malformed(f"The key {key!r} occurs twice in one object.", expression=f"{path}.{key}")
            waiting += [(f"{path}.{key}", child) for key, child in node.items()]
        elif isinstance(node, list):
            waiting += [(f"{path}[{index}]", child) for index, child in enumerate(node)]
