"""What the meaning of a search depends on beside its words: where this server lives, and the terminology it knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.errors import NotSupported


class Terms(Protocol):
    """What `:in`, `:not-in`, `:above` and `:below` ask of a terminology.

    Raises NotSupported for what it cannot tell."""

    def members(self, value_set: str) -> Sequence[tuple[str, str]]:
        """(system, code) of all that is in the value set of this canonical address."""

    def below(self, system: str, code: str) -> Sequence[str]:
        """The code and all that it subsumes."""

    def above(self, system: str, code: str) -> Sequence[str]:
        """The code and all that subsume it."""


class NoTerms:
    """Knows nothing."""

    def members(self, value_set: str) -> Sequence[tuple[str, str]]:
        raise NotSupported("value sets are not known here")

    def below(self, system: str, code: str) -> Sequence[str]:
        raise NotSupported("code systems are not known here")

    above = below


NOTHING_KNOWN = NoTerms()


@dataclass(frozen=True, slots=True)
class Context:
    """`base`: this server's own address without a final slash, "" if it does not matter."""

    base: str = ""
    terms: Terms = NOTHING_KNOWN


NO_CONTEXT = Context()
