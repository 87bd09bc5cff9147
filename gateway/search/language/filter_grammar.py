"""The language of `_filter`, read: https://hl7.org/fhir/R4/search_filter.html

    given eq "peter" and not (birthdate ge 2014-10-10 or subject[active eq true].name co "pet")

And and or count alike, from left to right. A value is a JSON string, or whatever comes before a blank, `)` or `]`.
Pure grammar: what the names mean is told by `gateway.search.language.filter_criteria`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.errors import BadRequest

OPERATORS = (
    *("eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le", "ap", "sa", "eb"),
    *("pr", "po", "ss", "sb", "in", "ni", "re"),
)
_DEEPEST, _MOST, _LONGEST = 20, 200, 20_000
"""How deep expressions may lie in one another (MongoDB's own limit is not far), how many comparisons, characters."""
_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"[A-Za-z_][\w:\-]*", re.ASCII)
_WORD = re.compile(r"[A-Za-z]+(?=[\s(]|$)", re.ASCII)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TOKEN = re.compile(r"[^\s)\]]+")


@dataclass(frozen=True, slots=True)
class Step:
    """One name on a path; `where` is what stands in brackets behind it."""

    name: str
    where: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class Comparison:
    path: tuple[Step, ...]
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Joined:
    """`any_`: one of the parts is enough."""

    parts: tuple["Expression", ...]
    any_: bool


@dataclass(frozen=True, slots=True)
class Not:
    inner: "Expression"


Expression = Comparison | Joined | Not


def parse(text: str) -> Expression:
    """Raises BadRequest, with the place, for what is not of this language."""
    if len(text) > _LONGEST:
        raise BadRequest(f"Search parameter '_filter' is longer than {_LONGEST} characters")
    reader = _Reader(text)
    found = reader.expression(0)
    if not reader.at_end():
        raise reader.wrong("'and', 'or' or the end")
    if _depth(found) > _DEEPEST:
        raise BadRequest("Search parameter '_filter' is nested too deeply")
    return found


def comparisons(expression: Expression) -> Iterator[Comparison]:
    """All that an expression holds, those in brackets too."""
    match expression:
        case Joined(parts, _):
            inner = parts
        case Not(one):
            inner = (one,)
        case Comparison(path):
            yield expression
            inner = tuple(step.where for step in path if step.where)
    for each in inner:
        yield from comparisons(each)


def _depth(expression: Expression) -> int:
    match expression:
        case Joined(parts, _):
            return 1 + max(map(_depth, parts))
        case Not(inner):
            return 1 + _depth(inner)
        case Comparison(path):
            return len(path) + max(_depth(step.where) if step.where else 0 for step in path)


def _joined(left: Expression, right: Expression, any_: bool) -> Joined:
    """What was joined alike stands side by side."""
    before = left.parts if isinstance(left, Joined) and left.any_ == any_ else (left,)
    return Joined((*before, right), any_)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at, self._count = text, 0, 0

    def wrong(self, expected: str) -> BadRequest:
        return BadRequest(f"Search parameter '_filter': {expected} is expected at character {self._at + 1}")

    def at_end(self) -> bool:
        self._blank()
        return self._at == len(self._text)

    def expression(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise BadRequest("Search parameter '_filter' is nested too deeply")
        found = self._operand(depth)
        while word := self._word("and", "or"):
            found = _joined(found, self._operand(depth), word == "or")
        return found

    def _operand(self, depth: int) -> Expression:
        start = self._at
        if self._word("not"):
            if self._sign("("):
                return Not(self._closed(")", depth))
            self._at = start
        return self._closed(")", depth) if self._sign("(") else self._comparison(depth)

    def _closed(self, sign: str, depth: int) -> Expression:
        found = self.expression(depth + 1)
        if not self._sign(sign):
            raise self.wrong(f"'and', 'or' or '{sign}'")
        return found

    def _comparison(self, depth: int) -> Comparison:
        self._count += 1
        if self._count > _MOST:
            raise BadRequest(f"Search parameter '_filter' holds more than {_MOST} comparisons")
        self._blank()
        path = [self._step(depth)]
        while self._text.startswith(".", self._at):
            self._at += 1
            path.append(self._step(depth))
        if path[-1].where:
            raise self.wrong("'.' and a name")
        if len(path) > _DEEPEST:
            raise BadRequest("Search parameter '_filter' leads on and on")
        operator = self._word(*OPERATORS)
        if not operator:
            raise self.wrong(f"one of {', '.join(OPERATORS)}")
        return Comparison(tuple(path), operator, self._value())

    def _step(self, depth: int) -> Step:
        found = _NAME.match(self._text, self._at)
        if not found:
            raise self.wrong("the name of a search parameter")
        self._at = found.end()
        if not self._text.startswith("[", self._at):
            return Step(found[0])
        self._at += 1
        return Step(found[0], self._closed("]", depth))

    def _value(self) -> str:
        self._blank()
        quoted = self._text.startswith('"', self._at)
        found = (_STRING if quoted else _TOKEN).match(self._text, self._at)
        if not found:
            raise self.wrong("a value")
        try:
            value = str(json.loads(found[0], strict=False)) if quoted else found[0]
            value.encode()
        except ValueError:
            raise self.wrong("a JSON string") from None
        self._at = found.end()
        return value

    def _word(self, *words: str) -> str:
        """The word that stands here if it is one of these, in lower case."""
        self._blank()
        found = _WORD.match(self._text, self._at)
        if not found or found[0].lower() not in words:
            return ""
        self._at = found.end()
        return found[0].lower()

    def _sign(self, sign: str) -> bool:
        self._blank()
        there = self._text.startswith(sign, self._at)
        self._at += there
        return there

    def _blank(self) -> None:
        found = _SPACE.match(self._text, self._at)
        assert found
        self._at = found.end()
