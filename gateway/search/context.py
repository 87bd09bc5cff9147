"""The context on which the meaning of a search depends: the address of this server, and the terminology it knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.errors import NotSupported


class Terms(Protocol):
    """The terminology behind `:in`, `:not-in`, `:above` and `:below`.

    All methods raise NotSupported for a resource that it does not have.
    """

    def members(self, value_set: str) -> Sequence[tuple[str, str]]:
        """Return the (system, code) of every member of the value set with this canonical address."""

    def below(self, system: str, code: str) -> Sequence[str]:
        """Return the code and the codes that it subsumes."""

    def above(self, system: str, code: str) -> Sequence[str]:
        """Return the code and the codes that subsume it."""


class NoTerms:
    """A terminology without any resources."""

    def members(self, value_set: str) -> Sequence[tuple[str, str]]:
        """Raise NotSupported."""
        raise NotSupported("value sets are not known here")

    def below(self, system: str, code: str) -> Sequence[str]:
        """Raise NotSupported."""
        raise NotSupported("code systems are not known here")

    above = below


NOTHING_KNOWN = NoTerms()


@dataclass(frozen=True, slots=True)
class Context:
    """The server and the terminology with which a search is understood.

    base: the address of this server without a final slash; "" if it does not matter.
    """

    base: str = ""
    terms: Terms = NOTHING_KNOWN


NO_CONTEXT = Context()
