"""A value set as it is defined (https://hl7.org/fhir/R4/valueset.html): what it takes in and leaves out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.fhir.terminology.canonical import join
from gateway.fhir.terminology.codesystem import Designation
from gateway.fhir.terminology.reading import Row, flag, needed, part, rows, shaped, text, texts


@dataclass(frozen=True, slots=True)
class Filter:
    property: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A concept that is named in a value set, with what it is called there."""

    code: str
    display: str | None = None
    designations: tuple[Designation, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueSetInclude:
    """An include or exclude: of `system` the `concepts`, or what passes all `filters`, or all; and that only as far as
    it is in all of `value_sets`, which may also stand alone."""

    system: str | None = None
    version: str | None = None
    concepts: tuple[Listed, ...] = ()
    filters: tuple[Filter, ...] = ()
    value_sets: tuple[str, ...] = ()

    def is_all_of(self, system: str) -> bool:
        """Whatever is a code of `system`, whether that is known or not."""
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
        return self.system, self.code


@dataclass(frozen=True, slots=True)
class ValueSet:
    """Made by `of`. `inactive` False: without codes that are no longer used. `expansion` is the complete one that the
    resource carries, None if it carries none; `contained` are the resources within it. `resource` is all of it."""

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
        """What it is called in texts."""
        return join(self.url, self.version) if self.url else "the given value set"

    @staticmethod
    def of(resource: Row) -> "ValueSet":
        """Raises BadRequest for what has not the shape of a ValueSet."""
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


def _include(row: Row) -> ValueSetInclude:
    filters = [Filter(needed(one, "property"), needed(one, "op"), needed(one, "value")) for one in rows(row, "filter")]
    listed = [Listed(needed(one, "code"), text(one, "display"), _designations(one)) for one in rows(row, "concept")]
    sets, system = tuple(texts(row, "valueSet")), text(row, "system") or None
    if system is None and (listed or filters or not sets):
        raise KeyError("system")
    return ValueSetInclude(system, text(row, "version"), tuple(listed), tuple(filters), sets)


def _expansion(row: Row) -> tuple[ValueSetMember, ...] | None:
    """None also for one page of several."""
    found = tuple(_members(rows(row, "contains")))
    total = row.get("total", len(found))
    return found if found and isinstance(total, int) and total <= len(found) else None


def _members(contains: Iterable[Row]) -> Iterator[ValueSetMember]:
    """Without the entries that only group others."""
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
    return tuple(Designation.of(one) for one in rows(row, "designation"))
