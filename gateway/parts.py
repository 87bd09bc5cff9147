"""Open what has state: the database, the mappings, the partners and the profiles.

Commands that need the database use this module without `gateway.app`, and so without HTTP and the scores, whose
imports take a second.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway import descriptors
from gateway.fhir.validate import Profiles
from gateway.intake import definitions
from gateway.mapping import Mappings
from gateway.settings import Settings
from gateway.store import Store
from gateway.store.server import embedded
from gateway.sync import partners
from gateway.sync.partners import Partner


@dataclass(frozen=True)
class Parts:
    """The open parts of one gateway, which the stages below get as arguments.

    mappings: as loaded when the parts were opened; `store.mappings` are those in use after a reload.
    profiles: None if none were added.
    """

    settings: Settings
    store: Store
    mappings: Mappings
    partners: tuple[Partner, ...]
    profiles: Profiles | None


@asynccontextmanager
async def open_parts(settings: Settings, *, attach: bool = False) -> AsyncIterator[Parts]:
    """Open the parts, and close them in reverse order when the block is left.

    With `attach`, join the database that another process runs on the same data folder instead of refusing to start:
    commands work beside `gateway serve`.
    """
    descriptors.allow()
    mappings, known_partners = Mappings.load(settings.mappings), load_partners(settings)
    profiles = definitions.load(settings.data_dir)
    async with open_database(settings, attach=attach) as uri:
        store = await Store.open(uri, settings.database, mappings)
        try:
            yield Parts(settings, store, mappings, known_partners, profiles if len(profiles) else None)
        finally:
            await store.close()


def load_partners(settings: Settings) -> tuple[Partner, ...]:
    """Return the partners of the partners file. Only a file that the settings name must exist.

    Raises ConfigurationError.
    """
    file = settings.partners_file
    return partners.load(file, site=settings.site) if settings.partners or file.exists() else ()


@asynccontextmanager
async def open_database(settings: Settings, *, attach: bool) -> AsyncIterator[str]:
    """Yield the address of the configured MongoDB, else of the embedded one, which runs as long as the block."""
    if settings.mongo_uri:
        yield settings.mongo_uri.get_secret_value()
    else:
        async with embedded.start(settings.data_dir, attach=attach) as mongod:
            yield mongod.uri
