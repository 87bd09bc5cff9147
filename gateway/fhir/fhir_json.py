"""Parse and write FHIR JSON without changing a value (https://hl7.org/fhir/R4/json.html).

Objects become dicts in the order written. Integers become int, all other numbers Decimal with the precision written, so
`dump(parse(data))` returns every value exactly: 1.00 stays 1.00.
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
_MAX_EXPONENT = 308  # the range of a double; it keeps 1e999999999 from being written out as a billion digits
_MAX_VALUES = 6_000_000  # real payloads have one value in 25 bytes; each value takes about 100 bytes of memory
_BOM = b"\xef\xbb\xbf"
_MINUS_ZERO_STARTS = (b":-0", b" -0", b",-0", b"[-0", b"\n-0", b"\t-0")
_MINUS_ZERO = re.compile(rb"[:\[,][ \t\r\n]*-0[ \t\r\n,\]}]")
_KEY = re.compile(rb'"[ \t\r\n]*:')
_WITHIN_KEY = re.compile(rb'[" \t\r\n:]*')
_SLICE = 1024 * 1024  # bytes that one call of a regular expression searches: no other thread runs meanwhile
_BYTE_POSITION = re.compile(r"\(byte (\d+)\)$")


class _BadNumber(Exception):
    """A number that is too long or out of range; the text says which."""


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


def _integer(text: str) -> int | Decimal:
    """Keep the sign of -0, which an int would lose."""
    return Decimal(text) if text == "-0" else int(text)


_decode = msgspec.json.Decoder(float_hook=_decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode
_MAX_COMPARED_DEPTH = 1_000  # `same` compares what was stored, which may be nested deeper than what is accepted
_SUMMED = 256 * 1024  # bytes that one call of `sum` adds up


def parse(data: bytes | str, *, max_depth: int = 64) -> Resource:
    """Parse one JSON object in UTF-8, with or without a byte order mark. Its FHIR content is not checked.

    Raises TooLarge for more than six million values, and Malformed for
    - text that is not strict JSON, with line and column;
    - a key that occurs twice in one object, with its path;
    - a value that is not an object;
    - objects and arrays nested deeper than `max_depth`;
    - numbers outside the range of a double.
    """
    tree = parse_value(data, max_depth=max_depth)
    if type(tree) is not dict:
        raise Malformed(f"The body must be one JSON object, a FHIR resource; found {_name_of_kind(tree)}.")
    return tree


def parse_value(data: bytes | str, *, max_depth: int = 64) -> Any:
    """Parse any JSON value, for example the array of a JSON Patch. Raises as `parse` does."""
    data = _bytes(data)
    if len(data) > _MAX_VALUES and _count_structure(data) > _MAX_VALUES:
        raise TooLarge(f"The JSON holds more than {_MAX_VALUES} values.")
    try:
        tree = json_pieces.decode(data, _decode_piece, max_depth)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, _BadNumber) as error:
        _refuse(data, error, max_depth)
    # msgspec keeps the last of two equal keys in silence. Every key is followed by a colon, so if there are as many
    # `":` as keys, no key was dropped.
    if _count_colons(data) != _count_keys(tree, max_depth):
        _refuse_duplicates(data)
    return tree


def _decode_piece(data: Any) -> Any:
    tree = _decode(data)
    text = bytes(data)
    if any(start in text for start in _MINUS_ZERO_STARTS) and _MINUS_ZERO.search(text):
        # msgspec reads -0 as the integer 0, and would write it without its sign.
        return json.loads(text, parse_float=_decimal, parse_int=_integer)
    return Decimal("-0") if text.strip(b" \t\r\n") == b"-0" else tree


def _count_structure(data: bytes) -> int:
    """Count commas and opening brackets: about one for each value."""
    starts = range(0, len(data), _SLICE)
    return sum([data.count(sign, start, start + _SLICE) for start in starts for sign in (b",", b"{", b"[")])


def _count_colons(data: bytes) -> int:
    """Count the quotes that are followed by a colon, in slices that never end between the two."""
    count, start = 0, 0
    while start < len(data):
        boundary = _WITHIN_KEY.match(data, min(start + _SLICE, len(data)))
        end = boundary.end() if boundary else len(data)
        count += len(_KEY.findall(data, start, end))
        start = end
    return count


def check_depth(tree: Any, max_depth: int = 64) -> None:
    """Raise Malformed if `parse` would refuse this value as nested too deep. For values that were built, not parsed."""
    _count_keys(tree, max_depth)


def deep_copy(tree: Any) -> Any:
    """Copy a JSON value with all its objects and arrays, much faster than `copy.deepcopy`."""
    if tree.__class__ is dict:
        return {key: deep_copy(child) for key, child in tree.items()}
    if tree.__class__ is list:
        return [deep_copy(child) for child in tree]
    return tree


def dump(value: Any) -> bytes:
    """Write a value of `parse` as compact UTF-8 JSON. A Decimal becomes a number with its precision."""
    return _encode(value)


def same(left: bytes, right: bytes) -> bool:
    """Tell whether two texts that `dump` wrote hold the same value. The order of members does not count.

    Numbers are the same only if they are written the same. Texts that differ are nearly always recognized by their
    length or the sum of their bytes, without being parsed.
    """
    if left == right:
        return True
    if len(left) != len(right) or _sum(left) != _sum(right):
        return False
    left_tree = json_pieces.decode(left, _decode, _MAX_COMPARED_DEPTH)
    return _same_tree(left_tree, json_pieces.decode(right, _decode, _MAX_COMPARED_DEPTH))


def _sum(data: bytes) -> int:
    """Add up the bytes. The sum of the same bytes in another order is the same."""
    return sum([sum(data[start : start + _SUMMED]) for start in range(0, len(data), _SUMMED)])


def _same_tree(left: Any, right: Any) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same_tree(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same_tree, left, right))
    return type(left) is type(right) and str(left) == str(right)


def _bytes(data: bytes | str) -> bytes:
    if isinstance(data, str):
        try:
            data = data.encode()
        except UnicodeEncodeError as error:
            raise Malformed(f"The text holds a lone surrogate at character {error.start}.") from None
    return data[3:] if data.startswith(_BOM) else data


def _count_keys(tree: Any, max_depth: int) -> int:
    """Count the keys of all objects, level by level. Raises Malformed for more than `max_depth` levels."""
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


def _name_of_kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {list: "an array", str: "a string", bool: "a boolean"}
    return names.get(type(value), "a number")


# --- Error messages. This code is slow and exact; it runs only for JSON that is refused. ------------------------


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
    """Return what is wrong, and the byte at which it is."""
    try:
        text = data.decode()
    except UnicodeDecodeError as bad:
        return "the text is not UTF-8", bad.start
    if len(data) > _SLICE:  # the standard parser has better messages, but would stop all other threads for a second
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
    if number := re.search(r"(?<![\d.])-?\d{4000,}", text):
        return "a number with too many digits", len(text[: number.start()].encode())
    position = _BYTE_POSITION.search(str(error))
    if position is None or "surrogate" in str(error):
        return _lone_surrogate(text)
    return str(error)[: position.start()].removeprefix("JSON is malformed:").strip(), int(position[1])


def _lone_surrogate(text: str) -> tuple[str, int]:
    """Find half of a surrogate pair. The standard parser accepts it; msgspec refuses it but does not say where."""
    for half in re.finditer(r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])", text):
        return "half of a surrogate pair", len(text[: half.start()].encode())
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
    """Raise Malformed if a key does occur twice. The fast test also counts a text such as `he said \\":` as a key."""
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
