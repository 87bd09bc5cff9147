"""What a store keeps beside resources: dead letters, links to partners' resources, and small states."""

from collections.abc import Iterable
from typing import Any

from gateway.store import letters, links, state
from gateway.store.collections import Database
from gateway.store.records import Key, Letter, Link, Linked
from gateway.store.refusal import answering


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
        """See gateway.store.letters.listed_with_sizes."""
        return await letters.listed_with_sizes(self.database, source, limit)

    @answering
    async def count_letters(self, source: str | None = None) -> int:
        return await letters.count(self.database, source)

    @answering
    async def remove_letter(self, source: str, key: str) -> bool:
        return await letters.remove(self.database, source, key)

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
