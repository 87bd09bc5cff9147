"""What is known about one code, as `$lookup` tells it (https://hl7.org/fhir/R4/codesystem-operation-lookup.html)."""

from collections.abc import Collection, Iterable, Iterator

from gateway.fhir.terminology.codesystem import CodeSystem, Concept, Designation, Property
from gateway.fhir.terminology.languages import display_in
from gateway.fhir.terminology.reading import Row

_LANGUAGE = "lang."


def looked_up(system: CodeSystem, concept: Concept, wanted: Collection[str], language: str | None) -> Iterator[Row]:
    """The parameters of the answer; `wanted` are properties, none means all that is known."""
    yield {"name": "name", "valueString": system.name or system.title or system.url}
    if system.version:
        yield {"name": "version", "valueString": system.version}
    display = display_in(language, concept.display, concept.designations)
    yield {"name": "display", "valueString": display or concept.code}
    for one in concept.designations:
        if not wanted or "designation" in wanted or f"{_LANGUAGE}{one.language}" in wanted:
            yield {"name": "designation", "part": list(designation(one))}
    for parts in _properties(system, concept, wanted):
        yield {"name": "property", "part": parts}


def designation(one: Designation) -> Iterator[Row]:
    if one.language:
        yield {"name": "language", "valueCode": one.language}
    if one.use:
        yield {"name": "use", "valueCoding": one.use}
    yield {"name": "value", "valueString": one.value}


def _properties(system: CodeSystem, concept: Concept, wanted: Collection[str]) -> Iterator[list[Row]]:
    if "url" in wanted:
        yield _property(Property("url", "valueUri", system.url))
    if concept.definition and _asked("definition", wanted):
        yield _property(Property("definition", "valueString", concept.definition))
    own = {one.code for one in concept.properties}
    if "inactive" not in own and _asked("inactive", wanted):
        yield _property(Property("inactive", "valueBoolean", concept.inactive))
    for name, links in (("parent", system.parents), ("child", system.children)):
        if _asked(name, wanted):
            yield from (_linked(system, name, code) for code in links.get(concept.code, ()))
    for one in concept.properties:
        if one.code not in ("parent", "child") and _asked(one.code, wanted):
            yield _property(one)


def _asked(name: str, wanted: Iterable[str]) -> bool:
    return not wanted or name in wanted


def _property(one: Property, description: str | None = None) -> list[Row]:
    parts: list[Row] = [{"name": "code", "valueCode": one.code}, {"name": "value", one.element: one.value}]
    return [*parts, {"name": "description", "valueString": description}] if description else parts


def _linked(system: CodeSystem, name: str, code: str) -> list[Row]:
    other = system.get(code)
    return _property(Property(name, "valueCode", code), other.display if other else None)
