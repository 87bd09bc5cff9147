"""The code systems and value sets that are known, and what search asks of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from gateway.errors import NotSupported
from gateway.fhir import fhir_json
from gateway.fhir.terminology import table
from gateway.fhir.terminology.canonical import split
from gateway.fhir.terminology.codesystem import CodeSystem
from gateway.fhir.terminology.expand import Expander
from gateway.fhir.terminology.grammars import GRAMMARS
from gateway.fhir.terminology.knowledge import Knowledge
from gateway.fhir.terminology.layers import Layer
from gateway.fhir.terminology.membership import Membership
from gateway.fhir.terminology.valueset import ValueSet, ValueSetMember
from gateway.fhir.terminology.versions import AS_ASKED, Versions

MOST = 10_000
"""How many codes a value set may have for search to look for each of them."""


@dataclass(frozen=True, slots=True)
class Terminology(Knowledge):
    """Made by `base` and `extended`; nothing changes afterwards but what is remembered of expansions."""

    _expanded: dict[str, tuple[ValueSetMember, ...]] = field(default_factory=dict, repr=False, compare=False)

    def expand(self, value_set: ValueSet, versions: Versions = AS_ASKED) -> tuple[ValueSetMember, ...]:
        """All its codes in the order of its definition. Raises NotSupported where they cannot be told."""
        return Expander(self, versions).of(value_set)

    def find(self, value_set: ValueSet, system: str, code: str, versions: Versions = AS_ASKED) -> ValueSetMember | None:
        """The code as it is in the value set, None if it is not. Raises NotSupported where that cannot be told."""
        return Membership(self, versions).of(value_set, system, code)

    # --- what search asks

    def members(self, value_set: str) -> Sequence[tuple[str, str]]:
        """(system, code) of the value set `url` or `url|version`, whatever the codes' state.

        Raises NotSupported for one that is not known, cannot be expanded, or has more than `MOST` codes.
        """
        found = self._expanded.get(value_set)
        if found is None:
            found = self._expanded[value_set] = self.expand(self.needed(value_set))
        if len(found) > MOST:
            raise NotSupported(f"the value set {value_set[:500]} has more than {MOST} codes")
        return [one.key for one in found]

    def below(self, system: str, code: str) -> Sequence[str]:
        """The code and all that it subsumes. Raises NotSupported for a code system that is not known in full."""
        known, found = self._hierarchy(system, code)
        return known.below(found)

    def above(self, system: str, code: str) -> Sequence[str]:
        """The code and all that subsume it. Raises NotSupported for a code system that is not known in full."""
        known, found = self._hierarchy(system, code)
        return known.above(found)

    def _hierarchy(self, canonical: str, code: str) -> tuple[CodeSystem, str]:
        known = self.code_system(*split(canonical))
        if known is None or not (known.complete or known.concepts):
            raise NotSupported(f"the hierarchy of {canonical[:500]} is not known here")
        concept = known.get(code)
        return known, concept.code if concept else code


@cache
def base() -> Terminology:
    """The code systems and value sets of R4, v2 and v3 included; each is read when first asked for."""
    return Terminology((Layer(_base_systems, _base_sets, table.of_all_codes),))


def _base_systems(url: str) -> Sequence[CodeSystem]:
    if url in GRAMMARS:
        return [GRAMMARS[url]]
    return _defined_systems(url) if url in table.lines("CodeSystem") else ()


def _base_sets(url: str) -> Sequence[ValueSet]:
    return _defined_sets(url) if url in table.lines("ValueSet") else ()


# Only what is there is remembered: what is asked for comes from clients, and could be anything.


@cache
def _defined_systems(url: str) -> Sequence[CodeSystem]:
    return [CodeSystem.of(fhir_json.parse(line)) for line in table.lines("CodeSystem")[url]]


@cache
def _defined_sets(url: str) -> Sequence[ValueSet]:
    return [ValueSet.of(fhir_json.parse(line)) for line in table.lines("ValueSet")[url]]
