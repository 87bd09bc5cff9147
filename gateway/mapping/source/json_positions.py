"""Where the parts of a JSON text stand, so that a complaint about one leads to its line."""

import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_COLON = re.compile(r"\s*:")

Path = tuple[str | int, ...]


def line(text: str, at: str) -> int:
    """The line of the element at a path such as `ViewDefinition.select[0].column[1].path`, the root's name first; of
    the closest one above it when it is not there."""
    found = lines(text)
    steps: Path = tuple(name or int(index) for name, index in _STEP.findall(at))
    while steps not in found:
        steps = steps[:-1]
    return found[steps]


def lines(text: str) -> dict[Path, int]:
    """Path of names and indexes -> line, of every value in `text`, which must be valid JSON; the whole is `()`."""
    found: dict[Path, int] = {}
    path: list[str | int] = []  # where the next value stands; the last step is the one that changes within an object
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
            found.setdefault(tuple(path), line)
            if sign in "[{":
                path.append(0 if sign == "[" else "")
    return found
