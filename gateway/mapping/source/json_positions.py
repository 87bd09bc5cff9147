"""Find the lines of the elements of a JSON text, so that a message about an element can name its line."""

import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_COLON = re.compile(r"\s*:")

Path = tuple[str | int, ...]


def line(text: str, at: str) -> int:
    """Return the line of the element at a path such as `ViewDefinition.select[0].column[1].path`.

    If there is no such element, return the line of the nearest element above it.
    """
    line_of = lines(text)
    steps: Path = tuple(name or int(index) for name, index in _STEP.findall(at))
    while steps not in line_of:
        steps = steps[:-1]
    return line_of[steps]


def lines(text: str) -> dict[Path, int]:
    """Return path -> line of every value in `text`, which must be valid JSON; the path of the whole is `()`."""
    line_of: dict[Path, int] = {}
    path: list[
        str | int
    ] = []  # the path of the next value; its last step changes as the items of a list or members of an object go by
    name, line, at = "", 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", at, token.start())
        at, sign = token.start(), token[0]
        if sign == ",":
            if isinstance(path[-1], int):
                path[-1] += 1
        elif sign == ":":
            path[-1] = name
        elif sign in "]}":
            path.pop()
        elif sign[0] == '"' and _COLON.match(text, token.end()):
            name = sign[1:-1]
        else:
            line_of.setdefault(tuple(path), line)
            if sign in "[{":
                path.append(0 if sign == "[" else "")
    return line_of
