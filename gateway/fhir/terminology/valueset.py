"""Read the definitions of value sets: what they include and exclude (https://hl7.org/fhir/R4/valueset.html)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.fhir.terminology.canonical import join
from gateway.fhir.terminology.codesystem import Designation
from gateway.fhir.terminology.reading import Row, flag, needed, part, rows, shaped, text, texts


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of an include, by a property of the concepts."""

    property: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A concept that a value set lists, with its names in this value set."""

    code: str
    display: str | None = None
    designations: tuple[Designation, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueSetInclude:
    """An include or exclude.

    It has the listed `concepts` of `system`, or those that pass all `filters`, or all concepts. If it has `value_sets`,
    a concept must be in all of them too. Without `system`, it has the concepts that are in all `value_sets`.
    """

    system: str | None = None
    version: str | None = None
    concepts: tuple[Listed, ...] = ()
    filters: tuple[Filter, ...] = ()
    value_sets: tuple[str, ...] = ()

    def is_all_of(self, system: str) -> bool:
        """Tell whether it has all codes of `system`, without any condition."""
        return self.system == system and not (self.concepts or self.filters or self.value_sets)


@dataclass(frozen=True, slots=True)
class ValueSetMember:
    """One code of an expansion."""

    system: str
    code: str
    version: str | None = None
    display: str | None = None
    designations: tuple[Designation, ...] = ()
    abstract: bool = False
    inactive: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """System and code."""
        return self.system, self.code


@dataclass(frozen=True, slots=True)
class ValueSet:
    """The definition of a value set, made by `of`.

    inactive: False if inactive codes are left out.
    expansion: the expansion within the resource, None if there is none or it is not complete.
    contained: the resources that it contains.
    resource: its JSON.
    """

    url: str | None
    version: str | None
    includes: tuple[ValueSetInclude, ...]
    excludes: tuple[ValueSetInclude, ...] = ()
    inactive: bool | None = None
    expansion: tuple[ValueSetMember, ...] | None = None
    contained: tuple[Row, ...] = ()
    resource: Row = field(default_factory=dict, repr=False, compare=False)

    @property
    def canonical(self) -> str:
        """Its canonical, for error messages."""
        return join(self.url, self.version) if self.url else "the given value set"

    @staticmethod
    def of(resource: Row) -> "ValueSet":
        """Read a ValueSet. Raises BadRequest if it is malformed."""
        return _read(resource)


@shaped
def _read(resource: Row) -> ValueSet:
    compose = part(resource, "compose") or {}
    return ValueSet(
        text(resource, "url"),
        text(resource, "version"),
        tuple(map(_include, rows(compose, "include"))),
        tuple(map(_include, rows(compose, "exclude"))),
        flag(compose, "inactive"),
        _expansion(part(resource, "expansion") or {}),
        tuple(rows(resource, "contained")),
        resource,
    )


def _include(row: Row) -> ValueSetInclude:
    filters = [
        Filter(needed(each, "property"), needed(each, "op"), needed(each, "value")) for each in rows(row, "filter")
    ]
    listed = [Listed(needed(each, "code"), text(each, "display"), _designations(each)) for each in rows(row, "concept")]
    sets, system = tuple(texts(row, "valueSet")), text(row, "system") or None
    if system is None and (listed or filters or not sets):
        raise KeyError("system")
    return ValueSetInclude(system, text(row, "version"), tuple(listed), tuple(filters), sets)


def _expansion(row: Row) -> tuple[ValueSetMember, ...] | None:
    """Return the members of an expansion, None if it is empty or only one page of several."""
    members = tuple(_members(rows(row, "contains")))
    total = row.get("total", len(members))
    return members if members and isinstance(total, int) and total <= len(members) else None


def _members(contains: Iterable[Row]) -> Iterator[ValueSetMember]:
    """Yield the members of all levels, without entries that only group others."""
    for row in contains:
        if "code" in row and "system" in row:
            yield ValueSetMember(
                needed(row, "system"),
                needed(row, "code"),
                text(row, "version"),
                text(row, "display"),
                _designations(row),
                flag(row, "abstract") is True,
                flag(row, "inactive") is True,
            )
        yield from _members(rows(row, "contains"))


def _designations(row: Row) -> tuple[Designation, ...]:
    return tuple(map(Designation.of, rows(row, "designation")))
