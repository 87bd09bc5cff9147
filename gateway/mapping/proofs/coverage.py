"""Find the elements of real resources that no rule of a mapping reads.

An element is read if the path of a rule leads to it and the type of the rule has a part for it. An item that a `where`
passes over is not read. The narrative and contained resources do not count, nor does what the gateway itself keeps
(`id`, `meta.versionId`, `meta.lastUpdated`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.fhir.fhir_json import Resource
from gateway.fhir.path import PathError
from gateway.mapping.mapping import Mapping
from gateway.mapping.proofs.probe import EXTENSIONS, Probe, Way, extension
from gateway.mapping.proofs.value_owners import ValueOwners
from gateway.mapping.reading.field import Field, Record

_ASIDE = frozenset(
    {("resourceType",), ("id",), ("text",), ("contained",), ("meta", "versionId"), ("meta", "lastUpdated")}
)
_EXTENSION = "xtension("


class Unread(NamedTuple):
    """An element that no rule reads.

    element: the way in the JSON without indexes; an extension is `extension(url)`. For an object of which nothing is
        read it is the way to the object.
    resources: how many resources have it.
    occurrences: how often it occurs in all of them.
    example: the label of one of these resources.
    """

    element: str
    resources: int
    occurrences: int
    example: str


class _PartCoverage(NamedTuple):
    """The count for a part of a resource: single values `read` and in `total`, and the elements that are not read."""

    read: int
    total: int
    unread: list[str]


@dataclass
class Coverage:
    """The coverage of one resource type: of `values` single values in `resources` resources, `read` are read."""

    mapping: Mapping
    resources: int = 0
    values: int = 0
    read: int = 0
    _occurrences: Counter[str] = field(default_factory=Counter)
    _resources: Counter[str] = field(default_factory=Counter)
    _examples: dict[str, str] = field(default_factory=dict)
    _probe: Probe = field(default_factory=Probe)
    _owners: ValueOwners = field(default_factory=ValueOwners)

    def add(self, resource: Resource, label: str) -> None:
        """Count a resource of the type; `label` says where it comes from."""
        marks = _ReadMarks(self._probe, self._owners)
        marks.mark(self.mapping.record, resource, self.mapping.resource)
        counted = marks.count(resource, (), ())
        self.resources += 1
        self.values += counted.total
        self.read += counted.read
        self._occurrences.update(counted.unread)
        self._resources.update({*counted.unread})
        for element in counted.unread:
            self._examples.setdefault(element, label)

    @property
    def share(self) -> float:
        """Return the share of values that are read; 1.0 if there are no values."""
        return self.read / self.values if self.values else 1.0

    def unread(self) -> list[Unread]:
        """Return the elements that are not read, beginning with those that most resources have."""
        elements = [
            Unread(element, count, self._occurrences[element], self._examples[element])
            for element, count in self._resources.items()
        ]
        return sorted(elements, key=lambda unread: (-unread.resources, unread.element))


Active = tuple[tuple[set[Way], Way], ...]
"""For each lens that reads the current part: the ways that it reads, and the way from its start to the part."""


class _ReadMarks:
    """The marks on the objects and members of one resource that are read.

    Objects are marked by identity, because of two equal objects only one may be read.
    """

    def __init__(self, probe: Probe, owners: ValueOwners) -> None:
        self.probe, self.owners = probe, owners
        self.objects: dict[int, list[set[Way]]] = defaultdict(list)
        self.members: dict[int, set[str]] = defaultdict(set)

    def mark(self, record: Record, node: dict[str, Any], type_: str) -> None:
        """Mark everything that the fields of `record` read in `node`, an object of a FHIR type."""
        for rule in record.fillable(node):
            if rule.expression is None:
                if rule.record is not None:
                    self.mark(rule.record, node, type_)
                continue
            try:
                matches = rule.expression.typed(node)
            except PathError:
                continue
            marked = [self._mark_value(rule, raw, raw_type) for raw_type, raw in matches]
            if not all(marked):
                for owner, keys in self.owners.of(rule, node, type_):
                    self.members[id(owner)] |= keys

    def _mark_value(self, rule: Field, raw: Any, type_: str) -> bool:
        """Mark a value that a path found. Return False if it is not an object, and so has no identity."""
        if not isinstance(raw, dict):
            return False
        lens = rule.lens_of(type_)
        if rule.record is not None:
            self.mark(rule.record, raw, type_)
        elif lens is not None:
            self.objects[id(raw)].append(self.probe.read(lens, raw))
        return True

    def count(self, node: dict[str, Any], way: Way, active: Active) -> _PartCoverage:
        """Count what is read of an object, and what is not."""
        active = (*active, *((read, ()) for read in self.objects.get(id(node), ())))
        members = self.members.get(id(node), set())
        read, total, unread = 0, 0, list[str]()
        for name, part in node.items():
            here = (*way, name)
            if here in _ASIDE:
                continue
            below = tuple((ways, (*at, name)) for ways, at in active)
            for counted in self._parts(node, name, part, here, below, name in members):
                read, total = read + counted.read, total + counted.total
                unread += counted.unread
        if way and not read and any(_EXTENSION not in element for element in unread):
            return _PartCoverage(0, total, [".".join(way)])
        return _PartCoverage(read, total, unread)

    def _parts(
        self, node: dict[str, Any], name: str, part: Any, way: Way, active: Active, is_read: bool
    ) -> Iterator[_PartCoverage]:
        for item in part if isinstance(part, list) else [part]:
            if name in EXTENSIONS:
                yield self._extension(item, (*way[:-1], extension(name, item)), active)
            elif name.startswith("_") and isinstance(item, dict):
                yield from self._beside(item, (*way[:-1], name[1:]))
            elif isinstance(item, dict):
                yield self.count(item, way, active)
            elif item is not None:
                read = is_read or any(start in ways for ways, start in active)
                yield _PartCoverage(int(read), 1, [] if read else [".".join(way)])

    def _extension(self, item: Any, way: Way, active: Active) -> _PartCoverage:
        """Count an extension as one value, because only its URL names what is in it."""
        named = any((*start[:-1], way[-1]) in ways for ways, start in active)
        read = named or self._touched(item)
        return _PartCoverage(int(read), 1, [] if read else [".".join(way)])

    def _touched(self, item: Any) -> bool:
        if isinstance(item, list):
            return any(map(self._touched, item))
        if not isinstance(item, dict):
            return False
        return id(item) in self.objects or id(item) in self.members or any(map(self._touched, item.values()))

    def _beside(self, item: dict[str, Any], way: Way) -> Iterator[_PartCoverage]:
        """Count the id and the extensions beside a primitive."""
        for name, part in item.items():
            for member in part if isinstance(part, list) else [part]:
                if name in EXTENSIONS:
                    yield self._extension(member, (*way, extension(name, member)), ())
                else:
                    yield _PartCoverage(0, 1, [".".join((*way, name))])
