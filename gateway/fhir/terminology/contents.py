"""Find the concepts that an include of a value set takes from its code system. Expansion and membership share it."""

from gateway.errors import NotSupported
from gateway.fhir.terminology.canonical import join
from gateway.fhir.terminology.codesystem import CodeSystem, Concept
from gateway.fhir.terminology.filters import Passes, passes
from gateway.fhir.terminology.knowledge import Knowledge
from gateway.fhir.terminology.valueset import Listed, ValueSetInclude, ValueSetMember
from gateway.fhir.terminology.versions import Versions

_ALL_VERSIONS = "*"


def system_of(terminology: Knowledge, versions: Versions, include: ValueSetInclude) -> CodeSystem | None:
    """Return the code system of an include in the right version, None if it is unknown."""
    system = include.system or ""
    version = versions.of(system, include.version)
    return terminology.code_system(system, None if version == _ALL_VERSIONS else version)


def whole(terminology: Knowledge, versions: Versions, include: ValueSetInclude) -> CodeSystem:
    """Return the code system of an include, whose codes are all known. Raises NotSupported for any other.

    A part of the codes would look like all of them.
    """
    system = system_of(terminology, versions, include)
    if system is None:
        canonical = join(include.system or "", versions.of(include.system or "", include.version))
        raise NotSupported(f"cannot be expanded: {terminology.no_code_system(canonical)}")
    if not system.complete:
        name = join(include.system or "", include.version)
        raise NotSupported(f"cannot be expanded: {name} is known as {system.content} only")
    return system


def test_of(system: CodeSystem, include: ValueSetInclude) -> Passes:
    """Return a function that tells whether a concept passes all filters. Raises NotSupported for an unknown filter."""
    tests = [passes(system, filter_) for filter_ in include.filters]
    return lambda concept: all(test(concept) for test in tests)


def member(system: CodeSystem, concept: Concept) -> ValueSetMember:
    """Return a concept as a member of a value set."""
    return ValueSetMember(
        system.url,
        concept.code,
        system.version,
        concept.display,
        concept.designations,
        concept.abstract,
        concept.inactive,
    )


def listed(system: CodeSystem | None, include: ValueSetInclude, named: Listed) -> ValueSetMember | None:
    """Return a concept that the value set lists. A display of the value set goes before that of the code system.

    Return None if the code does not exist: the code system is complete and lacks it.
    """
    concept = system.get(named.code) if system else None
    if system is not None and system.complete and concept is None:
        return None
    if system is None or concept is None:
        url = system.url if system else include.system or ""
        return ValueSetMember(url, named.code, include.version, named.display, named.designations)
    designations = (*named.designations, *concept.designations)
    display = named.display or concept.display
    return ValueSetMember(
        system.url, named.code, system.version, display, designations, concept.abstract, concept.inactive
    )
