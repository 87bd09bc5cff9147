"""A code system (https://hl7.org/fhir/R4/codesystem.html): its concepts, their properties, and which is above which."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.fhir.terminology.reading import Row, flag, needed, part, rows, shaped, text

PROPERTIES = "http://hl7.org/fhir/concept-properties#"
_PARENTS = frozenset({"parent", "subsumedBy"})
_ABSTRACT = frozenset({"notSelectable", "abstract"})
_NOT_ACTIVE = frozenset({"deprecated", "inactive", "retired", "withdrawn"})
"""Of the property `status`: HL7's own expansion of ValueSet/inactive has a deprecated concept as inactive."""
GRAMMAR = "grammar"
"""The `content` of a code system of which is known what its codes look like; no code of FHIR's."""
_NOT_SUBSUMING = frozenset({"grouped-by", "part-of"})


@dataclass(frozen=True, slots=True)
class Designation:
    value: str
    language: str | None = None
    use: Row | None = None

    @classmethod
    def of(cls, row: Row) -> "Designation":
        return cls(needed(row, "value"), text(row, "language"), part(row, "use"))


@dataclass(frozen=True, slots=True)
class Property:
    """`element` is the one that holds the value: `valueCode`, `valueBoolean`…"""

    code: str
    element: str
    value: Any

    @property
    def text(self) -> str:
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return str(self.value.get("code", "")) if isinstance(self.value, dict) else str(self.value)


@dataclass(frozen=True, slots=True)
class Concept:
    """`abstract`: it groups others and is not to be chosen. `inactive`: it is no longer to be used."""

    code: str
    display: str | None = None
    definition: str | None = None
    designations: tuple[Designation, ...] = ()
    properties: tuple[Property, ...] = ()
    abstract: bool = False
    inactive: bool = False

    def values(self, name: str) -> list[Property]:
        return [one for one in self.properties if one.code == name]


@dataclass(slots=True)
class CodeSystem:
    """Made by `of`. `content` is complete, example, fragment, not-present, supplement or GRAMMAR; `kinds` are the types
    of the properties it declares. `parents` and `children` hold codes by code."""

    url: str
    version: str | None
    name: str | None
    title: str | None
    content: str
    case_sensitive: bool = True
    meaning: str | None = None
    value_set: str | None = None
    kinds: dict[str, str] = field(default_factory=dict)
    concepts: dict[str, Concept] = field(default_factory=dict)
    parents: dict[str, dict[str, None]] = field(default_factory=dict)
    children: dict[str, dict[str, None]] = field(default_factory=dict)
    _folded: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def of(resource: Row) -> "CodeSystem":
        """Raises BadRequest for what has not the shape of a CodeSystem."""
        return _read(resource)

    @property
    def complete(self) -> bool:
        return self.content == "complete"

    @property
    def closed(self) -> bool:
        """A code that it does not have does not exist."""
        return self.content in ("complete", GRAMMAR)

    def get(self, code: str) -> Concept | None:
        """The concept of this code; in a system that says so, without regard to case."""
        found = self.concepts.get(code)
        if found is not None or self.case_sensitive:
            return found
        if not self._folded:
            self._folded = {one.casefold(): one for one in self.concepts}
        return self.concepts.get(self._folded.get(code.casefold(), ""))

    def below(self, code: str) -> Sequence[str]:
        """The code and all codes that are its descendants, each once."""
        return _reached(self.children, code)

    def above(self, code: str) -> Sequence[str]:
        """The code and all codes that are its ancestors, each once, the nearest first."""
        return _reached(self.parents, code)

    def subsumes(self, code: str, other: str) -> bool:
        """`other` is `code` or is-a `code`; the parts of a whole and the members of a group are not."""
        return code == other or (self.meaning not in _NOT_SUBSUMING and code in self.above(other))


def _reached(links: dict[str, dict[str, None]], code: str) -> Sequence[str]:
    found, waiting = {code: None}, [code]
    for one in waiting:
        new = [other for other in links.get(one, ()) if other not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return waiting


@shaped
def _read(resource: Row) -> CodeSystem:
    declared = rows(resource, "property")
    system = CodeSystem(
        needed(resource, "url"),
        text(resource, "version"),
        text(resource, "name"),
        text(resource, "title"),
        text(resource, "content") or "complete",
        flag(resource, "caseSensitive") is not False,
        text(resource, "hierarchyMeaning"),
        text(resource, "valueSet"),
        {needed(one, "code"): text(one, "type") or "string" for one in declared},
    )
    standard = {needed(one, "code"): _standard(text(one, "uri")) for one in declared}
    for row, parent in _walk(rows(resource, "concept")):
        _add(system, _concept(row, standard), parent, standard)
    return system


def _standard(uri: str | None) -> str | None:
    """The name of a property that the specification defines, also where a system calls it otherwise."""
    return uri.removeprefix(PROPERTIES) if uri and uri.startswith(PROPERTIES) else None


def _walk(concepts: Iterable[Row], parent: str | None = None) -> Iterator[tuple[Row, str | None]]:
    for row in concepts:
        yield row, parent
        yield from _walk(rows(row, "concept"), needed(row, "code"))


def _concept(row: Row, standard: dict[str, str | None]) -> Concept:
    properties = tuple(_properties(rows(row, "property")))
    said = {(standard.get(one.code) or one.code, one.text) for one in properties}
    return Concept(
        needed(row, "code"),
        text(row, "display"),
        text(row, "definition"),
        tuple(Designation.of(one) for one in rows(row, "designation")),
        properties,
        any((name, "true") in said for name in _ABSTRACT),
        ("inactive", "true") in said or any(("status", word) in said for word in _NOT_ACTIVE),
    )


def _properties(given: Iterable[Row]) -> Iterator[Property]:
    for row in given:
        for element, value in row.items():
            if element.startswith("value"):
                yield Property(needed(row, "code"), element, value)


def _add(system: CodeSystem, concept: Concept, parent: str | None, standard: dict[str, str | None]) -> None:
    """A code met again, below another parent, is the same concept."""
    system.concepts.setdefault(concept.code, concept)
    links = [(parent, concept.code)] if parent else []
    for one in concept.properties:
        name = standard.get(one.code) or one.code
        if name in _PARENTS and one.element in ("valueCode", "valueString"):
            links.append((one.text, concept.code))
        elif name == "child" and one.element in ("valueCode", "valueString"):
            links.append((concept.code, one.text))
    for above, below in links:
        system.children.setdefault(above, {})[below] = None
        system.parents.setdefault(below, {})[above] = None
