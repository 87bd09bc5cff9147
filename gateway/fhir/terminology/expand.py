"""List all codes of a value set (https://hl7.org/fhir/R4/valueset.html#compositions).

The codes of all includes are added up. A code of an include must satisfy all that the include says. Excluded codes are
removed at the end.
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

_MAX_VISITED = 500_000
"""The codes that one expansion may go through, those included that it removes again."""

_PER_CHECK = 1_000
"""Concepts between two checks of the budget."""


class Expander:
    """One expansion.

    used: the (url, version) of all code systems that it used, in order.
    """

    def __init__(self, terminology: Knowledge, versions: Versions) -> None:
        self.versions = versions
        self.used: dict[tuple[str, str | None], None] = {}
        self._nesting: Nesting[tuple[ValueSetMember, ...]] = Nesting(terminology)
        self._left = _MAX_VISITED

    def of(self, value_set: ValueSet) -> tuple[ValueSetMember, ...]:
        """Return the members of a value set; of its own expansion if they cannot be determined otherwise.

        Raises NotSupported if they cannot be determined, BadRequest if the value set is faulty, and TooCostly for too
        many codes.
        """
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
        members: _Members = {}
        for include in value_set.includes:
            for key, member_ in self._part(include).items():
                members.setdefault(key, member_)
        for exclude in value_set.excludes:
            for key in self._excluded(exclude, members):
                members.pop(key, None)
        return tuple(each for each in members.values() if not (each.inactive and value_set.inactive is False))

    def _excluded(self, exclude: ValueSetInclude, members: _Members) -> Iterable[tuple[str, str]]:
        """Return the keys to remove.

        The code system need not be known if all its codes are excluded, or if no member is of it.
        """
        all_of_system = [key for key in members if exclude.is_all_of(key[0])]
        if all_of_system or (
            exclude.system and exclude.system[0] != "#" and all(exclude.system != system for system, _ in members)
        ):
            return all_of_system
        return self._part(exclude)

    def _part(self, include: ValueSetInclude) -> _Members:
        others = [{each.key: each for each in self._nesting.other(url, self.of)} for url in include.value_sets]
        if include.system is None:
            first, *others = others
        else:
            first = {each.key: each for each in self._of_system(include)}
        self._spend(len(first))
        return {key: each for key, each in first.items() if all(key in other for other in others)}

    def _of_system(self, include: ValueSetInclude) -> Iterable[ValueSetMember]:
        system = system_of(self._nesting.terminology, self.versions, include)
        if system is not None:
            self.used[system.url, system.version] = None
        if include.concepts:
            concepts = [listed(system, include, named) for named in include.concepts]
            return [concept for concept in concepts if concept is not None]
        known = whole(self._nesting.terminology, self.versions, include)
        self._spend(len(known.concepts) * len(include.filters))
        test = test_of(known, include)
        return [member(known, concept) for concept in _timed(known.concepts.values()) if test(concept)]

    def _spend(self, codes: int) -> None:
        budget.check()
        self._left -= codes
        if self._left < 0:
            raise TooCostly(f"the expansion goes through more than {_MAX_VISITED} codes")


def _timed(concepts: Iterable[Concept]) -> Iterator[Concept]:
    """Yield the same concepts. Raises TooCostly when the request has no time left."""
    for number, concept in enumerate(concepts):
        if number % _PER_CHECK == 0:
            budget.check()
        yield concept
