"""Parse searches of text: `_text`, `_content` and `:text` (https://hl7.org/fhir/R4/search.html#text).

    (bone OR liver) and metastases      "bone metastases"      NOT liver      metast*      bone, liver

`not` binds closest, then `and` (implied between two words), `or`, and the comma. Case and accents do not count. The
filters are for the text index, which `gateway.search.indexing.text_document` fills.
"""

import re
from collections.abc import Sequence

from gateway.errors import BadRequest, NotSupported
from gateway.search.cost import OF_RANGE, OF_SEARCH, charge
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.tokens import Filter, literal
from gateway.search.notation.values import unescape
from gateway.search.notation.words import ALL_TEXT, LONGEST_PHRASE, NARRATIVE, RUNNING_TEXT, words
from gateway.search.tree.clauses import Words

_TEXT_OF = {"_text": NARRATIVE, "_content": ALL_TEXT}
_MOST_LEXEMES, _MOST_LEVELS = 64, 20
_LEXEME = re.compile(r'\s*(?:("[^"]*"|[(),])|([^\s"(),]+))')


def parse_text(parameter: Parameter, modifier: str, value: str) -> Words:
    """Parse `_text=…` or `_content=…`. Raises BadRequest, NotSupported for any modifier, TooCostly."""
    if modifier:
        raise NotSupported(f"Search parameter '{parameter.name}' does not support the modifier ':{modifier[:64]}'")
    charge(parameter.name, OF_SEARCH)
    reader = _TextQueryReader(parameter.name, _TEXT_OF[parameter.name], value.replace("\\,", " "))
    filter_ = reader.read()
    return Words(filter_, _is_broad(filter_))


def _is_broad(filter_: Filter) -> bool:
    """Tell whether documents may match by what they do not hold."""
    if "$or" in filter_:
        return any(map(_is_broad, filter_["$or"]))
    return "$nor" in filter_ or ("$and" in filter_ and all(map(_is_broad, filter_["$and"])))


def parse_code_text(parameter: Parameter, values: Sequence[str]) -> Words:
    """Parse `code:text=…`: a text or display, read from any of its words on, begins with one of the values. Raises
    BadRequest for a value without words, TooCostly."""
    charge(f"{parameter.name}:text", len(values) * OF_RANGE)
    beginnings = []
    for value in values:
        phrase = " ".join(words(unescape(value)))[:LONGEST_PHRASE]
        if not phrase:
            raise BadRequest(f"Search parameter '{parameter.name}:text': '{value[:64]}' holds no word")
        beginnings += [_beginning(f"{name}:text|{phrase}") for name in parameter.stored]
    return Words({"$or": beginnings})


def _beginning(entry: str) -> Filter:
    """Return a pattern, not a range: as long as only ids are read, the index answers it without the documents."""
    return {"w": {"$regex": f"^{literal(entry)}"}}


class _TextQueryReader:
    """A recursive descent through the lexemes of one query; `field` is what the entries of its words begin with."""

    def __init__(self, name: str, field: str, text: str) -> None:
        self._name, self._field = name, field
        self._lexemes = [lexeme[1] or lexeme[2] for lexeme in _LEXEME.finditer(text)]
        self._at = 0
        if len(self._lexemes) > _MOST_LEXEMES:
            raise self._wrong(f"at most {_MOST_LEXEMES} words are")

    def read(self) -> Filter:
        filter_ = self._several(",", 0)
        if self._at < len(self._lexemes):
            raise self._wrong("nothing after ')' is")
        return filter_

    def _wrong(self, expected: str) -> BadRequest:
        return BadRequest(f"Search parameter '{self._name}': {expected} expected")

    def _several(self, sign: str, depth: int) -> Filter:
        """Read alternatives between commas, or between `or`s."""
        if depth > _MOST_LEVELS:
            raise self._wrong("fewer brackets within brackets are")
        alternatives = [self._between(sign, depth)]
        while self._take(sign):
            alternatives.append(self._between(sign, depth))
        return alternatives[0] if len(alternatives) == 1 else {"$or": alternatives}

    def _between(self, sign: str, depth: int) -> Filter:
        return self._several("or", depth) if sign == "," else self._all(depth)

    def _all(self, depth: int) -> Filter:
        operands = [self._operand(depth)]
        while self._take("and") or self._next() not in ("", ")", ",", "or"):
            operands.append(self._operand(depth))
        return operands[0] if len(operands) == 1 else {"$and": sorted(operands, key=_frequency)}

    def _operand(self, depth: int) -> Filter:
        if self._take("not"):
            return {"$nor": [self._operand(depth)]}
        if self._take("("):
            filter_ = self._several(",", depth + 1)
            if not self._take(")"):
                raise self._wrong("')' is")
            return filter_
        if self._next() in ("", ")", ",", "and", "or"):
            raise self._wrong("a word is")
        self._at += 1
        return self._words(self._lexemes[self._at - 1])

    def _words(self, lexeme: str) -> Filter:
        phrase = words(lexeme)
        if not phrase:
            raise self._wrong("a word of letters or digits is")
        is_beginning = lexeme.endswith("*")
        each: list[Filter] = [{"w": f"{self._field}|{word}"} for word in phrase]
        if is_beginning:
            each[-1] = _beginning(f"{self._field}|{phrase[-1]}")
        if len(phrase) == 1:
            return each[0]
        in_order = {RUNNING_TEXT[self._field]: {"$regex": f" {' '.join(phrase)}{'' if is_beginning else ' '}"}}
        return {"$and": [*sorted(each, key=_frequency), in_order]}

    def _next(self) -> str:
        """Return the next lexeme in lower case, "" at the end."""
        return self._lexemes[self._at].lower() if self._at < len(self._lexemes) else ""

    def _take(self, sign: str) -> bool:
        is_next = self._next() == sign
        self._at += is_next
        return is_next


def _frequency(filter_: Filter) -> int:
    """Return the sort key that puts long words first: they are rare, and MongoDB reads the index for the first one."""
    word = filter_.get("w")
    return -len(word) if isinstance(word, str) else 0
