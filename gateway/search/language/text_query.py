"""Words: `_text`, `_content` and `:text` (https://hl7.org/fhir/R4/search.html#text).

    (bone OR liver) and metastases      "bone metastases"      NOT liver      metast*      bone, liver

Not binds closest, then and (also where nothing stands between two words), or, and the comma. Case and accents do not
count. A search by text reads one document for each resource, made by `gateway.search.indexing.text_document`.
"""

import re

from gateway.errors import BadRequest, NotSupported
from gateway.search.cost import OF_RANGE, OF_SEARCH, charge
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.tokens import Filter, literal
from gateway.search.notation.values import fold, unescape
from gateway.search.tree.clauses import Clause, Words

NARRATIVE, ALL = "text", "content"
FIELDS = {"_text": NARRATIVE, "_content": ALL}
RUNNING = {NARRATIVE: "n", ALL: "c"}
"""The field that holds all words of a text as they follow one another, each between blanks."""
LONGEST_WORD, LONGEST_PHRASE = 64, 100
_MOST, _DEEPEST = 64, 20

# Chinese and Japanese are written without blanks: each sign is a word, and what is searched for a phrase of them.
_SIGN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_SIGN}]|[^\W_{_SIGN}]+")
_LEXEME = re.compile(r'\s*(?:("[^"]*"|[(),])|([^\s"(),]+))')


def words(text: str) -> list[str]:
    """Folded, in their order: `Bone-metastases, 3rd` -> `bone`, `metastases`, `3rd`."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(text))]


def in_text(parameter: Parameter, modifier: str, value: str) -> Clause:
    """`_text=…` and `_content=…`. Raises BadRequest."""
    if modifier:
        raise NotSupported(f"Search parameter '{parameter.name}' does not support the modifier ':{modifier[:64]}'")
    charge(parameter.name, OF_SEARCH)
    reader = _Reader(parameter.name, FIELDS[parameter.name], value.replace("\\,", " "))
    found = reader.read()
    return Clause(words=(Words(found, _is_broad(found)),), rank=3)


def _is_broad(filter_: Filter) -> bool:
    if "$or" in filter_:
        return any(map(_is_broad, filter_["$or"]))
    return "$nor" in filter_ or ("$and" in filter_ and all(map(_is_broad, filter_["$and"])))


def of_code(parameter: Parameter, written: list[str]) -> Clause:
    """`code:text=…`: a text or display, or one of its words and what follows, begins like one of these."""
    charge(f"{parameter.name}:text", len(written) * OF_RANGE)
    found = []
    for value in written:
        phrase = " ".join(words(unescape(value)))[:LONGEST_PHRASE]
        if not phrase:
            raise BadRequest(f"Search parameter '{parameter.name}:text': '{value[:64]}' holds no word")
        found += [_beginning(f"{name}:text|{phrase}") for name in parameter.stored]
    return Clause(words=(Words({"$or": found}),), rank=3)


def _beginning(entry: str) -> Filter:
    """A pattern, not a range: as long as ids alone are wanted, it is answered by the index without the documents."""
    return {"w": {"$regex": f"^{literal(entry)}"}}


class _Reader:
    def __init__(self, name: str, field: str, text: str) -> None:
        self._name, self._field = name, field
        self._lexemes = _lexemes(text)
        self._at = 0
        if len(self._lexemes) > _MOST:
            raise self._wrong(f"at most {_MOST} words are")

    def read(self) -> Filter:
        found = self._several(",", 0)
        if self._at < len(self._lexemes):
            raise self._wrong("nothing after ')' is")
        return found

    def _wrong(self, expected: str) -> BadRequest:
        return BadRequest(f"Search parameter '{self._name}': {expected} expected")

    def _several(self, sign: str, depth: int) -> Filter:
        """What stands between commas, or between `or`s."""
        if depth > _DEEPEST:
            raise self._wrong("fewer brackets within brackets are")
        found = [self._between(sign, depth)]
        while self._take(sign):
            found.append(self._between(sign, depth))
        return found[0] if len(found) == 1 else {"$or": found}

    def _between(self, sign: str, depth: int) -> Filter:
        return self._several("or", depth) if sign == "," else self._all(depth)

    def _all(self, depth: int) -> Filter:
        found = [self._one(depth)]
        while self._take("and") or self._next() not in ("", ")", ",", "or"):
            found.append(self._one(depth))
        return found[0] if len(found) == 1 else {"$and": sorted(found, key=_likely)}

    def _one(self, depth: int) -> Filter:
        if self._take("not"):
            return {"$nor": [self._one(depth)]}
        if self._take("("):
            found = self._several(",", depth + 1)
            if not self._take(")"):
                raise self._wrong("')' is")
            return found
        if self._next() in ("", ")", ",", "and", "or"):
            raise self._wrong("a word is")
        self._at += 1
        return self._words(self._lexemes[self._at - 1])

    def _words(self, lexeme: str) -> Filter:
        found = words(lexeme)
        if not found:
            raise self._wrong("a word of letters or digits is")
        begins = lexeme.endswith("*")
        each: list[Filter] = [{"w": f"{self._field}|{one}"} for one in found]
        if begins:
            each[-1] = _beginning(f"{self._field}|{found[-1]}")
        if len(found) == 1:
            return each[0]
        return {
            "$and": [
                *sorted(each, key=_likely),
                {RUNNING[self._field]: {"$regex": f" {' '.join(found)}{'' if begins else ' '}"}},
            ]
        }

    def _next(self) -> str:
        return self._lexemes[self._at].lower() if self._at < len(self._lexemes) else ""

    def _take(self, sign: str) -> bool:
        there = self._next() == sign
        self._at += there
        return there


def _likely(filter_: Filter) -> int:
    """Long words are rare; the index is read for the first."""
    word = filter_.get("w")
    return -len(word) if isinstance(word, str) else 0


def _lexemes(text: str) -> list[str]:
    return [found[1] or found[2] for found in _LEXEME.finditer(text)]
