"""The code systems and value sets that are known, and what search asks of them.

They lie in layers: those of R4 at the bottom, on top of them what packages brought, then what users stored, then what
a request itself carries. An address is answered by the uppermost layer that has it; within one, the latest version is
meant where none is asked for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from gateway.errors import NotSupported
from gateway.fhir import json
from gateway.fhir.terminology import table
from gateway.fhir.terminology.canonical import split
from gateway.fhir.terminology.codesystem import CodeSystem
from gateway.fhir.terminology.expand import Expander
from gateway.fhir.terminology.grammars import GRAMMARS
from gateway.fhir.terminology.layers import Known, Layer, layer_of, of_version
from gateway.fhir.terminology.membership import Membership
from gateway.fhir.terminology.reading import Row
from gateway.fhir.terminology.valueset import Filter, Include, Member, ValueSet
from gateway.fhir.terminology.versions import AS_ASKED, Versions

MOST = 10_000
"""How many codes a value set may have for search to look for each of them."""

_IMPLICIT = "?fhir_vs"
_IS_A = "?fhir_vs=isa/"


@dataclass(frozen=True, slots=True)
class Terminology:
    """Made by `base` and `extended`; nothing changes afterwards but what is remembered of expansions."""

    layers: tuple[Layer, ...]
    _expanded: dict[str, tuple[Member, ...]] = field(default_factory=dict, repr=False, compare=False)

    def extended(self, resources: Iterable[Known], *, contained: bool = False) -> "Terminology":
        """One that also knows these, which win over those of the same address; other resources are passed over.
        `contained`: they are so in one resource, where `#id` is an address as well.

        One that has not the shape of its type raises BadRequest when it is asked for.
        """
        return Terminology((layer_of(resources, contained=contained), *self.layers))

    def code_system(self, url: str, version: str | None = None) -> CodeSystem | None:
        """None where it, or that version of it, is not known; supplements are no code systems of their own."""
        for layer in self.layers:
            found = of_version([one for one in layer.systems(url) if one.content != "supplement"], version)
            if found is not None:
                return found
        return None

    def value_set(self, canonical: str) -> ValueSet | None:
        """By `url` or `url|version`; also one of all codes that a code system implies. None where it is not known."""
        url, version = split(canonical)
        for layer in self.layers:
            found = of_version(layer.sets(url), version)
            if found is not None:
                return found
        return None if version else self._implied(url)

    def _implied(self, url: str) -> ValueSet | None:
        """`CodeSystem.valueSet`; the `?fhir_vs` of https://hl7.org/fhir/R4/snomedct.html#implicit for any system."""
        for layer in self.layers:
            if system := layer.of_all().get(url):
                return ValueSet(url, None, (Include(system),), resource=_described(url))
        system, found, code = url.partition(_IS_A)
        if found:
            known = self.code_system(system)
            if known is not None and known.closed and known.get(code) is None:
                return None
            return ValueSet(url, None, (_is_a(system, code),), resource=_described(url))
        if url.endswith(_IMPLICIT) and self.code_system(url.removesuffix(_IMPLICIT)):
            return ValueSet(url, None, (Include(url.removesuffix(_IMPLICIT)),), resource=_described(url))
        return None

    def needed(self, canonical: str) -> ValueSet:
        """The value set; raises NotSupported where it is not known."""
        found = self.value_set(canonical)
        if found is None:
            raise NotSupported(f"the value set {canonical[:500]} is not known here")
        return found

    def expand(self, value_set: ValueSet, versions: Versions = AS_ASKED) -> tuple[Member, ...]:
        """All its codes in the order of its definition. Raises NotSupported where they cannot be told."""
        return Expander(self, versions).of(value_set)

    def find(self, value_set: ValueSet, system: str, code: str, versions: Versions = AS_ASKED) -> Member | None:
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
    return [CodeSystem.of(json.parse(line)) for line in table.lines("CodeSystem")[url]]


@cache
def _defined_sets(url: str) -> Sequence[ValueSet]:
    return [ValueSet.of(json.parse(line)) for line in table.lines("ValueSet")[url]]


def _is_a(system: str, code: str) -> Include:
    return Include(system, filters=(Filter("concept", "is-a", code),))


def _described(url: str) -> Row:
    return {"resourceType": "ValueSet", "url": url, "status": "active"}
