"""Read code systems: concepts, properties and hierarchy (https://hl7.org/fhir/R4/codesystem.html)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.fhir.terminology.reading import Row, flag, needed, part, rows, shaped, text

PROPERTIES = "http://hl7.org/fhir/concept-properties#"
_PARENTS = frozenset({"parent", "subsumedBy"})
_ABSTRACT = frozenset({"notSelectable", "abstract"})
_NOT_ACTIVE = frozenset({"deprecated", "inactive", "retired", "withdrawn"})
"""Values of the property `status`. In HL7's own expansion of ValueSet/inactive, deprecated concepts are inactive."""
GRAMMAR = "grammar"
"""The `content` of a code system whose codes follow a grammar. FHIR has no such code."""
_NOT_SUBSUMING = frozenset({"grouped-by", "part-of"})


@dataclass(frozen=True, slots=True)
class Designation:
    """Another name of a concept, in a language or for a use."""

    value: str
    language: str | None = None
    use: Row | None = None

    @classmethod
    def of(cls, row: Row) -> "Designation":
        """Read a designation."""
        return cls(needed(row, "value"), text(row, "language"), part(row, "use"))


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a concept. `element` is the name of its value: `valueCode`, `valueBoolean` and so on."""

    code: str
    element: str
    value: Any

    @property
    def text(self) -> str:
        """The value as text."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return str(self.value.get("code", "")) if isinstance(self.value, dict) else str(self.value)


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept.

    abstract: it only groups others, and cannot be chosen.
    inactive: it must no longer be used.
    """

    code: str
    display: str | None = None
    definition: str | None = None
    designations: tuple[Designation, ...] = ()
    properties: tuple[Property, ...] = ()
    abstract: bool = False
    inactive: bool = False

    def values(self, name: str) -> list[Property]:
        """Return the properties of a name."""
        return [property_ for property_ in self.properties if property_.code == name]


@dataclass(slots=True)
class CodeSystem:
    """A code system, made by `of`.

    content: complete, example, fragment, not-present, supplement or GRAMMAR.
    meaning: the hierarchyMeaning.
    value_set: the value set of all its codes.
    kinds: the types of the properties that it declares, by name.
    concepts: its concepts by code.
    parents, children: code -> the codes directly above or below it.
    """

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
        """Read a CodeSystem. Raises BadRequest if it is malformed."""
        return _read(resource)

    @property
    def complete(self) -> bool:
        """Whether it has all its codes."""
        return self.content == "complete"

    @property
    def closed(self) -> bool:
        """Whether all its codes are known, so that any other code does not exist."""
        return self.content in ("complete", GRAMMAR)

    def get(self, code: str) -> Concept | None:
        """Return the concept of a code, None if there is none. Case matters only if the code system says so."""
        concept = self.concepts.get(code)
        if concept is not None or self.case_sensitive:
            return concept
        if not self._folded:
            self._folded = {known.casefold(): known for known in self.concepts}
        return self.concepts.get(self._folded.get(code.casefold(), ""))

    def below(self, code: str) -> Sequence[str]:
        """Return the code and its descendants, each once."""
        return _reached(self.children, code)

    def above(self, code: str) -> Sequence[str]:
        """Return the code and its ancestors, each once, the nearest first."""
        return _reached(self.parents, code)

    def subsumes(self, code: str, other: str) -> bool:
        """Tell whether `other` is `code`, or is below it in a hierarchy of kinds, not of parts or groups."""
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
    """Return the name that the specification gives a property, None for a property that it does not define."""
    return uri.removeprefix(PROPERTIES) if uri and uri.startswith(PROPERTIES) else None


def _walk(concepts: Iterable[Row], parent: str | None = None) -> Iterator[tuple[Row, str | None]]:
    for row in concepts:
        yield row, parent
        yield from _walk(rows(row, "concept"), needed(row, "code"))


def _concept(row: Row, standard: dict[str, str | None]) -> Concept:
    properties = tuple(_properties(rows(row, "property")))
    stated = {(standard.get(property_.code) or property_.code, property_.text) for property_ in properties}
    return Concept(
        needed(row, "code"),
        text(row, "display"),
        text(row, "definition"),
        tuple(map(Designation.of, rows(row, "designation"))),
        properties,
        any((name, "true") in stated for name in _ABSTRACT),
        ("inactive", "true") in stated or any(("status", status) in stated for status in _NOT_ACTIVE),
    )


def _properties(property_rows: Iterable[Row]) -> Iterator[Property]:
    for row in property_rows:
        for element, value in row.items():
            if element.startswith("value"):
                yield Property(needed(row, "code"), element, value)


def _add(system: CodeSystem, concept: Concept, parent: str | None, standard: dict[str, str | None]) -> None:
    """Add a concept and its links. If a code stands below several parents, the first definition counts."""
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
