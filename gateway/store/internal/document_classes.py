"""Connect the store to the document classes of `gateway.store.documents`, if these are installed.

mongomotor is under the GPL, so a distribution under Apache-2.0 alone leaves it out. Only this module imports a module
that needs mongomotor. The store works the same without it.
"""

from typing import Any, Protocol

from pymongo import AsyncMongoClient

from gateway.mapping import Mappings
from gateway.store.layout.schema import Database


class DocumentBinding(Protocol):
    """The functions of gateway.store.documents.binding."""

    def bind(self, client: AsyncMongoClient[dict[str, Any]], database: Database, /) -> None: ...
    def unbind(self, client: AsyncMongoClient[dict[str, Any]], /) -> None: ...
    def use(self, mappings: Mappings, /) -> None: ...


class _NotInstalled:
    """The same functions without mongomotor: there are no classes to connect, so they do nothing."""

    def bind(self, client: object, database: object, /) -> None: ...
    def unbind(self, client: object, /) -> None: ...
    def use(self, mappings: object, /) -> None: ...


def installed() -> bool:
    """Return whether the document classes can be used."""
    return not isinstance(binding(), _NotInstalled)


def binding() -> DocumentBinding:
    """Return gateway.store.documents.binding; without mongomotor, a stand-in that does nothing."""
    try:
        from gateway.store.documents import binding
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("mongomotor", "mongoengine", "asyncblink", "blinker"):
            raise
        return _NotInstalled()
    return binding
