"""Where in a JSON text an element stands, so that a complaint about a ViewDefinition leads to its line."""

import json
import re

_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_BLANK = re.compile(r"[ \t\r\n]*")
_decoder = json.JSONDecoder()


def line(text: str, at: str) -> int:
    """The line of the element at a path such as `ViewDefinition.select[0].column[1].path`, the root's name first; of
    the closest one above it when it is not there. `text` is JSON."""
    place = value = _after_blank(text, 0)
    for name, index in _STEP.findall(at):
        found = _member(text, value, name) if name else _item(text, value, int(index))
        if found is None:
            break
        place, value = found
    return text.count("\n", 0, place) + 1


def _member(text: str, at: int, name: str) -> tuple[int, int] | None:
    """Where the key and the value of a member of the object at `at` begin."""
    if text[at] != "{":
        return None
    key_at = _after_blank(text, at + 1)
    while text[key_at] == '"':
        key, end = _decoder.raw_decode(text, key_at)
        value_at = _after_blank(text, _after_blank(text, end) + 1)
        if key == name:
            return key_at, value_at
        key_at = _next(text, value_at)
    return None


def _item(text: str, at: int, index: int) -> tuple[int, int] | None:
    if text[at] != "[":
        return None
    item_at = _after_blank(text, at + 1)
    for _ in range(index):
        if text[item_at] == "]":
            return None
        item_at = _next(text, item_at)
    return None if text[item_at] == "]" else (item_at, item_at)


def _next(text: str, value_at: int) -> int:
    """Where the next member or item begins, or the bracket that ends them."""
    end = _after_blank(text, _decoder.raw_decode(text, value_at)[1])
    return _after_blank(text, end + 1) if text[end] == "," else end


def _after_blank(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at
