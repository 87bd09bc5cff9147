"""The methods of `Store` for small records: dead letters, links to partners' resources, imports, states."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.store.bookkeeping import imports, letters, links, state
from gateway.store.layout.records import Imported, Key, Letter, Link, Linked, Version
from gateway.store.layout.refusal import answering
from gateway.store.layout.schema import Database


class SmallRecords:
    """A part of `Store`."""

    database: Database

    @answering
    async def add_letter(self, letter: Letter) -> None:
        await letters.add(self.database, letter)

    @answering
    async def list_letters(self, source: str | None = None, limit: int = 100) -> list[Letter]:
        return await letters.listed(self.database, source, limit)

    @answering
    async def list_letters_with_sizes(self, source: str | None = None, limit: int = 100) -> list[tuple[Letter, int]]:
        """See gateway.store.bookkeeping.letters.listed_with_sizes."""
        return await letters.listed_with_sizes(self.database, source, limit)

    @answering
    async def count_letters(self, source: str | None = None) -> int:
        return await letters.count(self.database, source)

    @answering
    async def remove_letter(self, source: str, key: str) -> bool:
        return await letters.remove(self.database, source, key)

    @answering
    async def remove_letters(self, source: str, keys: Iterable[str]) -> None:
        await letters.remove_many(self.database, source, keys)

    @answering
    async def find_imports(self, keys: Iterable[Key]) -> dict[Key, Imported]:
        """By our (type, id)."""
        return await imports.find(self.database, keys)

    @answering
    async def find_imports_of(self, type_: str, source_id: str) -> list[Imported]:
        """Find claims by the type and id that any source uses."""
        return await imports.of_source(self.database, type_, source_id)

    @answering
    async def claim_imports(self, claims: Iterable[Imported]) -> None:
        """See gateway.store.bookkeeping.imports.claim."""
        await imports.claim(self.database, claims)

    @answering
    async def define_imports(self, definitions: Iterable[Imported]) -> None:
        """See gateway.store.bookkeeping.imports.define."""
        await imports.define(self.database, definitions)

    @answering
    async def record_imports(self, versions: Mapping[Key, tuple[Version, str]]) -> None:
        """See gateway.store.bookkeeping.imports.record."""
        await imports.record(self.database, versions)

    @answering
    async def find_links(self, partner: str, remote: Iterable[Key]) -> dict[Key, Linked]:
        """By the partner's (type, id)."""
        return await links.by_remote(self.database, partner, remote)

    @answering
    async def find_links_of(self, partner: str, local: Iterable[Key]) -> dict[Key, Linked]:
        """By our (type, id)."""
        return await links.by_local(self.database, partner, local)

    @answering
    async def put_links(self, linked: Iterable[Linked]) -> None:
        await links.put(self.database, linked)

    @answering
    async def remove_link(self, link: Link) -> None:
        await links.remove(self.database, link)

    @answering
    async def get_state(self, key: str) -> Any:
        return await state.get(self.database, key)

    @answering
    async def put_state(self, key: str, value: Any) -> None:
        await state.put(self.database, key, value)

    @answering
    async def remove_state(self, key: str) -> None:
        await state.remove(self.database, key)

    @answering
    async def list_state(self, prefix: str, limit: int = 1000) -> dict[str, Any]:
        return await state.starting_with(self.database, prefix, limit)
