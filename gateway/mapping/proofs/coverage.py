"""What no rule of a mapping reads: the elements of real resources that their documents know nothing of.

An element is read if a rule's path leads to it and the rule's type has a place for it; what a `where` passes over is
not read. The narrative and contained resources do not count, nor does what the gateway itself keeps (`id`,
`meta.versionId`, `meta.lastUpdated`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.fhir.fhir_json import Resource
from gateway.fhir.path import PathError
from gateway.mapping.mapping import Mapping
from gateway.mapping.proofs.probe import EXTENSIONS, Probe, Way, extension
from gateway.mapping.proofs.value_owners import Holders
from gateway.mapping.reading.field import Field, Record

_ASIDE = frozenset(
    {("resourceType",), ("id",), ("text",), ("contained",), ("meta", "versionId"), ("meta", "lastUpdated")}
)
_EXTENSION = "xtension("


class Unread(NamedTuple):
    """`element` is the way in the JSON, an extension `extension(url)`; of an object that is not read at all its own.
    `occurrences` in `resources`, one of which is `example`."""

    element: str
    resources: int
    occurrences: int
    example: str


class _Seen(NamedTuple):
    """Of a part of a resource: single values `read` and in `total`, and the elements not read."""

    read: int
    total: int
    unread: list[str]


@dataclass
class Coverage:
    """Of one resource type; `values` single values in `resources`, of which `read` are read."""

    mapping: Mapping
    resources: int = 0
    values: int = 0
    read: int = 0
    _occurrences: Counter[str] = field(default_factory=Counter)
    _resources: Counter[str] = field(default_factory=Counter)
    _examples: dict[str, str] = field(default_factory=dict)
    _probe: Probe = field(default_factory=Probe)
    _holders: Holders = field(default_factory=Holders)

    def add(self, resource: Resource, label: str) -> None:
        """Count a resource of the type; `label` is where it comes from."""
        marks = _Marks(self._probe, self._holders)
        marks.mark(self.mapping.record, resource, self.mapping.resource)
        seen = marks.look(resource, (), ())
        self.resources += 1
        self.values += seen.total
        self.read += seen.read
        self._occurrences.update(seen.unread)
        self._resources.update({*seen.unread})
        for element in seen.unread:
            self._examples.setdefault(element, label)

    @property
    def share(self) -> float:
        return self.read / self.values if self.values else 1.0

    def unread(self) -> list[Unread]:
        """What most resources have first."""
        found = [
            Unread(element, count, self._occurrences[element], self._examples[element])
            for element, count in self._resources.items()
        ]
        return sorted(found, key=lambda one: (-one.resources, one.element))


Active = tuple[tuple[set[Way], Way], ...]
"""The lenses that read what is being looked at: the ways each of them reads, and the way from where it starts."""


class _Marks:
    """Which objects and members of one resource are read: by identity, for two equal ones may not both be."""

    def __init__(self, probe: Probe, holders: Holders) -> None:
        self.probe, self.holders = probe, holders
        self.objects: dict[int, list[set[Way]]] = defaultdict(list)
        self.members: dict[int, set[str]] = defaultdict(set)

    def mark(self, record: Record, node: dict[str, Any], type_: str) -> None:
        for one in record.of(node):
            if one.expression is None:
                if one.record is not None:
                    self.mark(one.record, node, type_)
                continue
            try:
                found = one.expression.typed(node)
            except PathError:
                continue
            single = [self._mark_value(one, raw, found_type) for found_type, raw in found]
            if not all(single):
                for holder, keys in self.holders.of(one, node, type_):
                    self.members[id(holder)] |= keys

    def _mark_value(self, one: Field, raw: Any, type_: str) -> bool:
        """False for what is no object, and so has no identity."""
        if not isinstance(raw, dict):
            return False
        lens = one.lens_of(type_)
        if one.record is not None:
            self.mark(one.record, raw, type_)
        elif lens is not None:
            self.objects[id(raw)].append(self.probe.read(lens, raw))
        return True

    def look(self, node: dict[str, Any], way: Way, active: Active) -> _Seen:
        """What of an object is read, and what is not."""
        active = (*active, *((read, ()) for read in self.objects.get(id(node), ())))
        members = self.members.get(id(node), set())
        read, total, unread = 0, 0, list[str]()
        for name, part in node.items():
            here = (*way, name)
            if here in _ASIDE:
                continue
            below = tuple((ways, (*at, name)) for ways, at in active)
            for seen in self._parts(node, name, part, here, below, name in members):
                read, total = read + seen.read, total + seen.total
                unread += seen.unread
        if way and not read and any(_EXTENSION not in element for element in unread):
            return _Seen(0, total, [".".join(way)])
        return _Seen(read, total, unread)

    def _parts(
        self, node: dict[str, Any], name: str, part: Any, way: Way, active: Active, is_read: bool
    ) -> Iterator[_Seen]:
        for item in part if isinstance(part, list) else [part]:
            if name in EXTENSIONS:
                yield self._extension(item, (*way[:-1], extension(name, item)), active)
            elif name.startswith("_") and isinstance(item, dict):
                yield from self._beside(item, (*way[:-1], name[1:]))
            elif isinstance(item, dict):
                yield self.look(item, way, active)
            elif item is not None:
                known = is_read or any(at in ways for ways, at in active)
                yield _Seen(int(known), 1, [] if known else [".".join(way)])

    def _extension(self, item: Any, way: Way, active: Active) -> _Seen:
        """As a whole: what is in it has no names but its address."""
        named = any((*at[:-1], way[-1]) in ways for ways, at in active)
        known = named or self._touched(item)
        return _Seen(int(known), 1, [] if known else [".".join(way)])

    def _touched(self, item: Any) -> bool:
        if isinstance(item, list):
            return any(map(self._touched, item))
        if not isinstance(item, dict):
            return False
        return id(item) in self.objects or id(item) in self.members or any(map(self._touched, item.values()))

    def _beside(self, item: dict[str, Any], way: Way) -> Iterator[_Seen]:
        """What stands beside a primitive: its id and extensions."""
        for name, part in item.items():
            for one in part if isinstance(part, list) else [part]:
                if name in EXTENSIONS:
                    yield self._extension(one, (*way, extension(name, one)), ())
                else:
                    yield _Seen(0, 1, [".".join((*way, name))])
