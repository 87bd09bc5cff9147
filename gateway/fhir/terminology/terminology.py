"""Answer questions about all known code systems and value sets. This is the entrance to the package."""

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
"""The codes that a value set may have in a search, which looks for each of them."""


@dataclass(frozen=True, slots=True)
class Terminology(Knowledge):
    """All known code systems and value sets, made by `base` and `extended`. It only caches expansions."""

    _expanded: dict[str, tuple[ValueSetMember, ...]] = field(default_factory=dict, repr=False, compare=False)

    def expand(self, value_set: ValueSet, versions: Versions = AS_ASKED) -> tuple[ValueSetMember, ...]:
        """Return all codes of a value set in the order of its definition. Raises NotSupported if they are unknown."""
        return Expander(self, versions).of(value_set)

    def find(self, value_set: ValueSet, system: str, code: str, versions: Versions = AS_ASKED) -> ValueSetMember | None:
        """Return a code as it is in a value set, None if it is not in it. Raises NotSupported if that is unknown."""
        return Membership(self, versions).of(value_set, system, code)

    # --- Questions of searches

    def members(self, value_set: str) -> Sequence[tuple[str, str]]:
        """Return (system, code) of all codes of the value set `url` or `url|version`, inactive ones too.

        Raises NotSupported if the value set is unknown, cannot be expanded, or has more than `MOST` codes.
        """
        members = self._expanded.get(value_set)
        if members is None:
            members = self._expanded[value_set] = self.expand(self.needed(value_set))
        if len(members) > MOST:
            raise NotSupported(f"the value set {value_set[:500]} has more than {MOST} codes")
        return [member.key for member in members]

    def below(self, system: str, code: str) -> Sequence[str]:
        """Return the code and all codes that it subsumes. Raises NotSupported if the hierarchy is unknown."""
        definition, found = self._hierarchy(system, code)
        return definition.below(found)

    def above(self, system: str, code: str) -> Sequence[str]:
        """Return the code and all codes that subsume it. Raises NotSupported if the hierarchy is unknown."""
        definition, found = self._hierarchy(system, code)
        return definition.above(found)

    def _hierarchy(self, canonical: str, code: str) -> tuple[CodeSystem, str]:
        """Return a code system, and the code as it writes it."""
        system = self.code_system(*split(canonical))
        if system is None or not (system.complete or system.concepts):
            raise NotSupported(f"the hierarchy of {canonical[:500]} is not known here")
        concept = system.get(code)
        return system, concept.code if concept else code


@cache
def base() -> Terminology:
    """Return the code systems and value sets of R4, those of v2 and v3 included. Each is parsed at first use."""
    return Terminology((Layer(_base_systems, _base_sets, table.of_all_codes),))


def _base_systems(url: str) -> Sequence[CodeSystem]:
    if url in GRAMMARS:
        return [GRAMMARS[url]]
    return _defined_systems(url) if url in table.lines("CodeSystem") else ()


def _base_sets(url: str) -> Sequence[ValueSet]:
    return _defined_sets(url) if url in table.lines("ValueSet") else ()


# Only the resources of R4 are cached. The urls come from clients, so the cache must not grow with unknown ones.


@cache
def _defined_systems(url: str) -> Sequence[CodeSystem]:
    return [CodeSystem.of(fhir_json.parse(line)) for line in table.lines("CodeSystem")[url]]


@cache
def _defined_sets(url: str) -> Sequence[ValueSet]:
    return [ValueSet.of(fhir_json.parse(line)) for line in table.lines("ValueSet")[url]]
