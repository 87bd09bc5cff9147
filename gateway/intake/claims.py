"""Give each name its id here: claimed in the database before the resource is written, and the same ever after.

A resource keeps its id unless another source, or a resource that no import brought, has that id already. Then it gets
an id derived from its name. No id is ever given to two names.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.intake.names import UUIDS, Name
from gateway.store import Store
from gateway.store.layout.records import Imported, Key

_REMEMBERED = 200_000
_MARKS = 50


class Ambiguous(LookupError):
    """Several files of one source use the id that a reference from another file names."""


@dataclass(frozen=True, slots=True)
class ClaimedDefinition:
    """A file's statement about a resource: its name, and facts that tell it apart."""

    digest: str = ""
    marks: tuple[str, ...] = ()


class Claims:
    """The ids that sources have taken, read as needed and kept for the import."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records: dict[Key, Imported | None] = {}
        self._guests: set[Name] = set()

    async def define(self, definitions: Mapping[Name, ClaimedDefinition]) -> None:
        """Register that files define these names.

        If two files give one id to different resources, the first keeps it and the other gets a derived id.
        """
        await self.claim(definitions)
        changed, apart = dict[Key, Imported](), list[Name]()
        for name, definition in definitions.items():
            if self.is_apart(name):
                continue
            home = self._home(name)
            assert home is not None
            after = _defined(home, name, definition)
            if after is None:
                apart.append(name.in_file)
                after = replace(home, contested=True)
            if after != home:
                self._records[after.key] = changed[after.key] = after
        await self._take([Imported(name.type, name.derived_id, name.source, name.id) for name in apart])
        await self._store.imports.define(changed.values())

    async def claim(self, names: Collection[Name], *, guests: bool = False) -> None:
        """Make sure that each of `names` has an id.

        With `guests`, a name whose id belongs to a resource that no import brought means that resource. This holds for
        references in files that mention no server.
        """
        await self.read(names)
        unclaimed = dict.fromkeys(name.anywhere for name in names if self._home(name) is None)
        missing = [name for name in unclaimed if name not in self._guests]
        taken = await self._taken(missing)
        if guests:
            self._guests |= taken
            missing = [name for name in missing if name not in taken]
        claims = []
        for name in missing:
            keeps = name.keeps_id and self._records.get((name.type, name.id)) is None and name not in taken
            claims.append(Imported(name.type, name.id if keeps else name.derived_id, name.source, name.id))
        await self._take(claims)
        lost = [name for name in missing if self._home(name) is None]
        await self._take([Imported(name.type, name.derived_id, name.source, name.id) for name in lost])

    async def read(self, names: Iterable[Name]) -> None:
        """Look up names without claiming an id for those that have none."""
        keys = {key for name in names for key in _keys(name)} - self._records.keys()
        records = await self._store.imports.find(keys)
        self._records.update({key: records.get(key) for key in keys})

    def trim(self) -> None:
        """Empty the memory of records, which are in the database too, when it is full. Call this only between two
        groups of names."""
        if len(self._records) > _REMEMBERED:
            self._records.clear()

    def locate(self, name: Name) -> str | None:
        """Return the id here of a name that was read or claimed before, None if it has none.

        Raises Ambiguous for a reference that could mean several resources.
        """
        if self.is_apart(name):
            return name.in_file.derived_id
        home = self._home(name)
        if home is None:
            return name.id if name.anywhere in self._guests else None
        if home.contested and not name.file:
            raise Ambiguous
        return home.id

    def is_apart(self, name: Name) -> bool:
        """Return whether the file means another resource by the name than the file that defined it first."""
        return bool(name.file) and self._records.get((name.type, name.in_file.derived_id)) is not None

    def _home(self, name: Name) -> Imported | None:
        """Return the record of the name in its source as a whole."""
        derived = name.anywhere.derived_id
        for id_ in (name.id, derived) if name.keeps_id else (derived,):
            record = self._records.get((name.type, id_))
            if record is not None and (record.source, record.source_id) == (name.source, name.id):
                return record
        return None

    async def _taken(self, names: Iterable[Name]) -> set[Name]:
        """Return those whose id belongs to a resource that no import brought, or a request of one. A UUID is the same
        resource there too."""
        asked = [n for n in names if n.keeps_id and n.source != UUIDS and self._is_free(n)]
        there = await self._store.resources.read_many((name.type, name.id) for name in asked)
        return {name for name in asked if (name.type, name.id) in there}

    def _is_free(self, name: Name) -> bool:
        """Return whether no import brought what has the id; to a folder, what was put by a request counts as such."""
        record = self._records[name.type, name.id]
        return record is None or (record.by_request and Path(name.source).is_absolute())

    async def _take(self, claims: Collection[Imported]) -> None:
        """Claim ids, and read who got them: another process may have been faster."""
        if claims:
            await self._store.imports.claim(claims)
            self._records.update(await self._store.imports.find([claim.key for claim in claims]))


def _keys(name: Name) -> list[Key]:
    ids = [name.anywhere.derived_id]
    ids += [name.id] if name.keeps_id else []
    ids += [name.in_file.derived_id] if name.file else []
    return [(name.type, id_) for id_ in ids]


def _defined(home: Imported, name: Name, definition: ClaimedDefinition) -> Imported | None:
    """Return the record after the file of `name` has defined it; None if the file means another resource."""
    marks = tuple(sorted({*home.marks, *definition.marks})[:_MARKS])
    if not home.file or home.file == name.file:
        return replace(home, file=name.file, digest=definition.digest, marks=marks)
    if name.source == UUIDS:
        differs = home.marks and definition.marks and not {*home.marks} & {*definition.marks}
        return None if differs else replace(home, marks=marks)
    return home if definition.digest and definition.digest == home.digest else None
