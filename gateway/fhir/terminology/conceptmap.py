"""Read concept maps: pairs of codes, and rules for all other codes (https://hl7.org/fhir/R4/conceptmap.html)."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.fhir.terminology.reading import Row, needed, part, rows, shaped, text
from gateway.fhir.terminology.verdicts import Coded


@dataclass(frozen=True, slots=True)
class Also:
    """A code at another element, on which a pair depends, or which it produces too."""

    element: str
    coded: Coded


@dataclass(frozen=True, slots=True)
class CodePair:
    """One pair of a map. `equivalence` is read from target to source: `wider` means that the target is wider."""

    source: Coded
    target: Coded
    equivalence: str
    depends: tuple[Also, ...] = ()
    products: tuple[Also, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmapped:
    """The rule for all codes of `source` that are not in `mapped`.

    mode: `provided` for the same code, `fixed` for `code`, `other-map` for the result of the map `url`.
    """

    source: str | None
    target: str | None
    mode: str
    code: str | None
    display: str | None
    url: str | None
    mapped: frozenset[str]


@dataclass(frozen=True, slots=True)
class ConceptMap:
    """A concept map, made by `of`. `source` and `target` are the urls of value sets, without version."""

    url: str | None
    version: str | None
    source: str | None
    target: str | None
    pairs: tuple[CodePair, ...]
    unmapped: tuple[Unmapped, ...]

    @staticmethod
    def of(resource: Row) -> "ConceptMap":
        """Read a ConceptMap. Raises BadRequest if it is malformed."""
        return _read(resource)


@shaped
def _read(resource: Row) -> ConceptMap:
    groups = rows(resource, "group")
    return ConceptMap(
        text(resource, "url"),
        text(resource, "version"),
        _value_set(resource, "source"),
        _value_set(resource, "target"),
        tuple(pair for group in groups for pair in _pairs(group)),
        tuple(rest for group in groups for rest in _unmapped(group)),
    )


def _value_set(resource: Row, name: str) -> str | None:
    found = text(resource, f"{name}Canonical") or text(resource, f"{name}Uri")
    return found.partition("|")[0] if found else None


def _pairs(group: Row) -> Iterator[CodePair]:
    source, version = text(group, "source"), text(group, "sourceVersion")
    for element in rows(group, "element"):
        given = Coded(text(element, "code"), source, version, text(element, "display"))
        for row in rows(element, "target"):
            code, display = text(row, "code"), text(row, "display")
            yield CodePair(
                given,
                Coded(code, text(group, "target"), text(group, "targetVersion"), display),
                text(row, "equivalence") or "equivalent",
                tuple(_also(one) for one in rows(row, "dependsOn")),
                tuple(_also(one) for one in rows(row, "product")),
            )


def _also(row: Row) -> Also:
    coded = Coded(needed(row, "value"), text(row, "system"), None, text(row, "display"))
    return Also(needed(row, "property"), coded)


def _unmapped(group: Row) -> Iterator[Unmapped]:
    row = part(group, "unmapped")
    if row is not None:
        yield Unmapped(
            text(group, "source"),
            text(group, "target"),
            needed(row, "mode"),
            text(row, "code"),
            text(row, "display"),
            text(row, "url"),
            frozenset(code for one in rows(group, "element") if (code := text(one, "code"))),
        )
