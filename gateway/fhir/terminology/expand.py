"""All codes of a value set (https://hl7.org/fhir/R4/valueset.html#compositions).

Includes add up; within one, all that it says must hold; what is excluded is never in.
"""

from collections.abc import Iterable, Iterator

from gateway import budget
from gateway.errors import NotSupported, TooCostly
from gateway.fhir.terminology.codesystem import Concept
from gateway.fhir.terminology.contents import listed, member, system_of, test_of, whole
from gateway.fhir.terminology.knowledge import Knowledge
from gateway.fhir.terminology.nesting import Nesting
from gateway.fhir.terminology.valueset import ValueSet, ValueSetInclude, ValueSetMember
from gateway.fhir.terminology.versions import Versions

_Members = dict[tuple[str, str], ValueSetMember]

_MOST_LOOKED_AT = 500_000
"""Codes that one expansion may go through, those counted that are left out in the end."""

_PER_CHECK = 1_000
"""Concepts from one check of the budget to the next."""


class Expander:
    """One expansion, with what it has met: `used` holds the code systems as (url, version)."""

    def __init__(self, terminology: Knowledge, versions: Versions) -> None:
        self.versions = versions
        self.used: dict[tuple[str, str | None], None] = {}
        self._nesting: Nesting[tuple[ValueSetMember, ...]] = Nesting(terminology)
        self._left = _MOST_LOOKED_AT

    def of(self, value_set: ValueSet) -> tuple[ValueSetMember, ...]:
        """Raises NotSupported for members that cannot be determined, BadRequest for a faulty value set, TooCostly for
        too many codes."""
        with self._nesting.inside(value_set):
            try:
                return self._composed(value_set)
            except NotSupported:
                if value_set.expansion is None:
                    raise
                return value_set.expansion

    def _composed(self, value_set: ValueSet) -> tuple[ValueSetMember, ...]:
        if not value_set.includes:
            raise NotSupported(f"{value_set.canonical} cannot be expanded: it does not say what it includes")
        found: _Members = {}
        for include in value_set.includes:
            for key, one in self._part(include).items():
                found.setdefault(key, one)
        for exclude in value_set.excludes:
            for key in self._excluded(exclude, found):
                found.pop(key, None)
        return tuple(one for one in found.values() if not (one.inactive and value_set.inactive is False))

    def _excluded(self, exclude: ValueSetInclude, found: _Members) -> Iterable[tuple[str, str]]:
        """Of a system that is not known, all can still be left out, and nothing where nothing of it was taken in."""
        own = [key for key in found if exclude.is_all_of(key[0])]
        if own or (
            exclude.system and exclude.system[0] != "#" and all(exclude.system != system for system, _ in found)
        ):
            return own
        return self._part(exclude)

    def _part(self, include: ValueSetInclude) -> _Members:
        others = [{one.key: one for one in self._nesting.other(url, self.of)} for url in include.value_sets]
        if include.system is None:
            first, *others = others
        else:
            first = {one.key: one for one in self._own(include)}
        self._spend(len(first))
        return {key: one for key, one in first.items() if all(key in other for other in others)}

    def _own(self, include: ValueSetInclude) -> Iterable[ValueSetMember]:
        system = system_of(self._nesting.terminology, self.versions, include)
        if system is not None:
            self.used[system.url, system.version] = None
        if include.concepts:
            concepts = [listed(system, include, named) for named in include.concepts]
            return [concept for concept in concepts if concept is not None]
        known = whole(self._nesting.terminology, self.versions, include)
        self._spend(len(known.concepts) * len(include.filters))
        test = test_of(known, include)
        return [member(known, one) for one in _timed(known.concepts.values()) if test(one)]

    def _spend(self, codes: int) -> None:
        budget.check()
        self._left -= codes
        if self._left < 0:
            raise TooCostly(f"the expansion goes through more than {_MOST_LOOKED_AT} codes")


def _timed(concepts: Iterable[Concept]) -> Iterator[Concept]:
    """Yield the same concepts. Raises TooCostly when the request has no time left."""
    for number, concept in enumerate(concepts):
        if number % _PER_CHECK == 0:
            budget.check()
        yield concept
