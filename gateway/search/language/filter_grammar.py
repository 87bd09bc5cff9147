"""Read the language of `_filter`: https://hl7.org/fhir/R4/search_filter.html

    given eq "peter" and not (birthdate ge 2014-10-10 or subject[active eq true].name co "pet")

`and` and `or` bind equally, from left to right. A value is a JSON string, or whatever comes before a blank, `)` or `]`.
This module knows only the grammar; `gateway.search.language.filter_criteria` looks up what the names mean.
"""

import json
import re
from dataclasses import dataclass

from gateway.errors import BadRequest

OPERATORS = (
    *("eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le", "ap", "sa", "eb"),
    *("pr", "po", "ss", "sb", "in", "ni", "re"),
)
_MOST_LEVELS = 20
"""Expressions within one another. MongoDB's own limit is not far."""
_MOST_RELATIONS = 200
_MOST_CHARACTERS = 20_000
_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"[A-Za-z_][\w:\-]*", re.ASCII)
_WORD = re.compile(r"[A-Za-z]+(?=[\s(]|$)", re.ASCII)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TOKEN = re.compile(r"[^\s)\]]+")


@dataclass(frozen=True, slots=True)
class FilterStep:
    """One name on a path, and the expression in brackets behind it."""

    name: str
    where: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A parameter, or a path to one through references, compared with a value."""

    path: tuple[FilterStep, ...]
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Expressions joined by `or` if `any_`, else by `and`."""

    parts: tuple["Expression", ...]
    any_: bool


@dataclass(frozen=True, slots=True)
class Negation:
    """An expression that must not hold."""

    inner: "Expression"


Expression = Relation | Joined | Negation


def parse(text: str) -> Expression:
    """Parse an expression. Raises BadRequest that names the character at which it goes wrong."""
    if len(text) > _MOST_CHARACTERS:
        raise BadRequest(f"Search parameter '_filter' is longer than {_MOST_CHARACTERS} characters")
    reader = _FilterReader(text)
    expression = reader.expression(0)
    if not reader.at_end():
        raise reader.wrong("'and', 'or' or the end")
    if _depth(expression) > _MOST_LEVELS:
        raise BadRequest("Search parameter '_filter' is nested too deeply")
    return expression


def _depth(expression: Expression) -> int:
    match expression:
        case Joined(parts, _):
            return 1 + max(map(_depth, parts))
        case Negation(inner):
            return 1 + _depth(inner)
        case Relation(path):
            return len(path) + max(_depth(step.where) if step.where else 0 for step in path)


def _joined(left: Expression, right: Expression, *, any_: bool) -> Joined:
    """Join two expressions; `(a or b) or c` becomes one Joined of three parts."""
    before = left.parts if isinstance(left, Joined) and left.any_ == any_ else (left,)
    return Joined((*before, right), any_)


class _FilterReader:
    """A recursive descent through the text of one expression."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._count = text, 0, 0

    def wrong(self, expected: str) -> BadRequest:
        return BadRequest(f"Search parameter '_filter': {expected} is expected at character {self._at + 1}")

    def at_end(self) -> bool:
        self._blank()
        return self._at == len(self._text)

    def expression(self, depth: int) -> Expression:
        if depth > _MOST_LEVELS:
            raise BadRequest("Search parameter '_filter' is nested too deeply")
        expression = self._operand(depth)
        while word := self._word("and", "or"):
            expression = _joined(expression, self._operand(depth), any_=word == "or")
        return expression

    def _operand(self, depth: int) -> Expression:
        start = self._at
        if self._word("not"):
            if self._sign("("):
                return Negation(self._closed(")", depth))
            self._at = start  # "not" without brackets is the name of a parameter
        return self._closed(")", depth) if self._sign("(") else self._relation(depth)

    def _closed(self, sign: str, depth: int) -> Expression:
        expression = self.expression(depth + 1)
        if not self._sign(sign):
            raise self.wrong(f"'and', 'or' or '{sign}'")
        return expression

    def _relation(self, depth: int) -> Relation:
        self._count += 1
        if self._count > _MOST_RELATIONS:
            raise BadRequest(f"Search parameter '_filter' holds more than {_MOST_RELATIONS} comparisons")
        self._blank()
        path = [self._step(depth)]
        while self._text.startswith(".", self._at):
            self._at += 1
            path.append(self._step(depth))
        if path[-1].where:
            raise self.wrong("'.' and a name")
        if len(path) > _MOST_LEVELS:
            raise BadRequest("Search parameter '_filter' leads on and on")
        operator = self._word(*OPERATORS)
        if not operator:
            raise self.wrong(f"one of {', '.join(OPERATORS)}")
        return Relation(tuple(path), operator, self._value())

    def _step(self, depth: int) -> FilterStep:
        name = _NAME.match(self._text, self._at)
        if not name:
            raise self.wrong("the name of a search parameter")
        self._at = name.end()
        if not self._text.startswith("[", self._at):
            return FilterStep(name[0])
        self._at += 1
        return FilterStep(name[0], self._closed("]", depth))

    def _value(self) -> str:
        self._blank()
        quoted = self._text.startswith('"', self._at)
        written = (_STRING if quoted else _TOKEN).match(self._text, self._at)
        if not written:
            raise self.wrong("a value")
        try:
            value = str(json.loads(written[0], strict=False)) if quoted else written[0]
            value.encode()  # raises UnicodeEncodeError, a ValueError, for half of a surrogate pair
        except ValueError:
            raise self.wrong("a JSON string") from None
        self._at = written.end()
        return value

    def _word(self, *words: str) -> str:
        """Read the word here if it is one of these, and return it in lower case, else ""."""
        self._blank()
        word = _WORD.match(self._text, self._at)
        if not word or word[0].lower() not in words:
            return ""
        self._at = word.end()
        return word[0].lower()

    def _sign(self, sign: str) -> bool:
        self._blank()
        is_here = self._text.startswith(sign, self._at)
        self._at += is_here
        return is_here

    def _blank(self) -> None:
        space = _SPACE.match(self._text, self._at)
        assert space
        self._at = space.end()
