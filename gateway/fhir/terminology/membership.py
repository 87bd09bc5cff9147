"""Tell whether a code is in a value set, without expanding it.

So the answer may be known although a code system is not: a value set has at least the codes that it lists.
"""

from collections.abc import Iterable

from gateway.errors import NotSupported
from gateway.fhir.terminology.codesystem import CodeSystem
from gateway.fhir.terminology.contents import listed, member, system_of, test_of, whole
from gateway.fhir.terminology.knowledge import Knowledge
from gateway.fhir.terminology.nesting import Nesting
from gateway.fhir.terminology.valueset import ValueSet, ValueSetInclude, ValueSetMember
from gateway.fhir.terminology.versions import Versions


class Membership:
    """The search for one code. Make a new instance for each code."""

    def __init__(self, terminology: Knowledge, versions: Versions) -> None:
        self.versions = versions
        self._nesting: Nesting[ValueSetMember | None] = Nesting(terminology)

    def of(self, value_set: ValueSet, system: str, code: str) -> ValueSetMember | None:
        """Return the code as a member of the value set, None if it is not in it.

        Raises NotSupported if that is unknown, BadRequest for value sets that include themselves.
        """
        with self._nesting.inside(value_set):
            try:
                return self._composed(value_set, system, code)
            except NotSupported:
                if value_set.expansion is None:
                    raise
                return next((each for each in value_set.expansion if each.key == (system, code)), None)

    def _composed(self, value_set: ValueSet, system: str, code: str) -> ValueSetMember | None:
        if not value_set.includes:
            raise NotSupported(f"{value_set.canonical} does not say what it includes")
        found = self._any(value_set.includes, system, code)
        if found is None or (found.inactive and value_set.inactive is False):
            return None
        if any(exclude.is_all_of(system) for exclude in value_set.excludes):
            return None
        return None if value_set.excludes and self._any(value_set.excludes, system, code) else found

    def _any(self, parts: Iterable[ValueSetInclude], system: str, code: str) -> ValueSetMember | None:
        """Return the member of the first part that has it. If none has, raise the error of a part that is unknown."""
        unknown: NotSupported | None = None
        for part in parts:
            try:
                found = self._part(part, system, code)
            except NotSupported as error:
                unknown = error
            else:
                if found is not None:
                    return found
        if unknown is not None:
            raise unknown
        return None

    def _part(self, include: ValueSetInclude, system: str, code: str) -> ValueSetMember | None:
        found: ValueSetMember | None = None
        if include.system is not None:
            found = self._of_system(include, system, code)
            if found is None:
                return None
        for url in include.value_sets:
            other = self._nesting.other(url, lambda value_set: self.of(value_set, system, code))
            if other is None:
                return None
            found = found or other
        return found

    def _of_system(self, include: ValueSetInclude, system: str, code: str) -> ValueSetMember | None:
        if include.system != system and not (include.system or "").startswith("#"):
            return None
        known = system_of(self._nesting.terminology, self.versions, include)
        if include.system != system and (known is None or known.url != system):
            return None
        if include.concepts:
            same = [concept for concept in include.concepts if _same(known, concept.code, code)]
            return listed(known, include, same[0]) if same else None
        concept = known.get(code) if known else None
        if known is None or concept is None:
            if known is None or not known.closed:
                whole(self._nesting.terminology, self.versions, include)
            return None
        return member(known, concept) if test_of(known, include)(concept) else None


def _same(system: "CodeSystem | None", named: str, code: str) -> bool:
    return named == code or (system is not None and not system.case_sensitive and named.casefold() == code.casefold())
