"""Read a value set (https://hl7.org/fhir/R4/valueset.html): what it includes and excludes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.fhir.terminology.canonical import join
from gateway.fhir.terminology.codesystem import Designation
from gateway.fhir.terminology.reading import Row, flag, needed, part, rows, shaped, text, texts


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on the concepts of a code system."""

    property: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A concept that a value set names, with its names there."""

    code: str
    display: str | None = None
    designations: tuple[Designation, ...] = ()


@dataclass(frozen=True, slots=True)
class Include:
    """An include or exclude.

    It takes from `system` the `concepts`, or all that pass the `filters`, or all; restricted to what is in all
    `value_sets`, which may also stand alone.
    """

    system: str | None = None
    version: str | None = None
    concepts: tuple[Listed, ...] = ()
    filters: tuple[Filter, ...] = ()
    value_sets: tuple[str, ...] = ()

    def is_all_of(self, system: str) -> bool:
        """Return whether it takes every code of `system`, known or not."""
        return self.system == system and not (self.concepts or self.filters or self.value_sets)


@dataclass(frozen=True, slots=True)
class Member:
    """A code of an expansion."""

    system: str
    code: str
    version: str | None = None
    display: str | None = None
    designations: tuple[Designation, ...] = ()
    abstract: bool = False
    inactive: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.system, self.code


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A value set, made by `of`.

    inactive: False leaves out codes that are no longer used.
    expansion: the complete expansion in the resource, None if it has none.
    contained: the resources that it contains.
    resource: the whole resource.
    """

    url: str | None
    version: str | None
    includes: tuple[Include, ...]
    excludes: tuple[Include, ...] = ()
    inactive: bool | None = None
    expansion: tuple[Member, ...] | None = None
    contained: tuple[Row, ...] = ()
    resource: Row = field(default_factory=dict, repr=False, compare=False)

    @property
    def canonical(self) -> str:
        """Return its name in texts."""
        return join(self.url, self.version) if self.url else "the given value set"

    @staticmethod
    def of(resource: Row) -> "ValueSet":
        """Read the resource. Raises BadRequest if it does not have the shape of a ValueSet."""
        return _read(resource)


@shaped
def _read(resource: Row) -> ValueSet:
    compose = part(resource, "compose") or {}
    return ValueSet(
        text(resource, "url"),
        text(resource, "version"),
        tuple(_include(one) for one in rows(compose, "include")),
        tuple(_include(one) for one in rows(compose, "exclude")),
        flag(compose, "inactive"),
        _expansion(part(resource, "expansion") or {}),
        tuple(rows(resource, "contained")),
        resource,
    )


def _include(row: Row) -> Include:
    filters = [Filter(needed(one, "property"), needed(one, "op"), needed(one, "value")) for one in rows(row, "filter")]
    listed = [Listed(needed(one, "code"), text(one, "display"), _designations(one)) for one in rows(row, "concept")]
    sets, system = tuple(texts(row, "valueSet")), text(row, "system") or None
    if system is None and (listed or filters or not sets):
        raise KeyError("system")
    return Include(system, text(row, "version"), tuple(listed), tuple(filters), sets)


def _expansion(row: Row) -> tuple[Member, ...] | None:
    """Return the expansion; None if there is none, or only a page of it."""
    found = tuple(_members(rows(row, "contains")))
    total = row.get("total", len(found))
    return found if found and isinstance(total, int) and total <= len(found) else None


def _members(contains: Iterable[Row]) -> Iterator[Member]:
    """Return the entries that are codes, not only groups."""
    for row in contains:
        if "code" in row and "system" in row:
            yield Member(
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
    return tuple(Designation.of(one) for one in rows(row, "designation"))
