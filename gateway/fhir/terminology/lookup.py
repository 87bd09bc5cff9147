"""Answer `$lookup`: all that is known about one code (https://hl7.org/fhir/R4/codesystem-operation-lookup.html)."""

from collections.abc import Collection, Iterable, Iterator

from gateway.fhir.terminology.codesystem import CodeSystem, Concept, Designation, Property
from gateway.fhir.terminology.languages import display_in
from gateway.fhir.terminology.reading import Row

_LANGUAGE = "lang."


def looked_up(system: CodeSystem, concept: Concept, wanted: Collection[str], language: str | None) -> Iterator[Row]:
    """Yield the parameters of the answer. `wanted` are the names of properties, empty for all."""
    yield {"name": "name", "valueString": system.name or system.title or system.url}
    if system.version:
        yield {"name": "version", "valueString": system.version}
    display = display_in(language, concept.display, concept.designations)
    yield {"name": "display", "valueString": display or concept.code}
    for name in concept.designations:
        if not wanted or "designation" in wanted or f"{_LANGUAGE}{name.language}" in wanted:
            yield {"name": "designation", "part": list(designation(name))}
    for parts in _properties(system, concept, wanted):
        yield {"name": "property", "part": parts}


def designation(name: Designation) -> Iterator[Row]:
    """Yield the parts of a designation."""
    if name.language:
        yield {"name": "language", "valueCode": name.language}
    if name.use:
        yield {"name": "use", "valueCoding": name.use}
    yield {"name": "value", "valueString": name.value}


def _properties(system: CodeSystem, concept: Concept, wanted: Collection[str]) -> Iterator[list[Row]]:
    if "url" in wanted:
        yield _property(Property("url", "valueUri", system.url))
    if concept.definition and _asked("definition", wanted):
        yield _property(Property("definition", "valueString", concept.definition))
    stated = {property_.code for property_ in concept.properties}
    if "inactive" not in stated and _asked("inactive", wanted):
        yield _property(Property("inactive", "valueBoolean", concept.inactive))
    for name, links in (("parent", system.parents), ("child", system.children)):
        if _asked(name, wanted):
            yield from (_linked(system, name, code) for code in links.get(concept.code, ()))
    for property_ in concept.properties:
        if property_.code not in ("parent", "child") and _asked(property_.code, wanted):
            yield _property(property_)


def _asked(name: str, wanted: Iterable[str]) -> bool:
    return not wanted or name in wanted


def _property(property_: Property, description: str | None = None) -> list[Row]:
    parts: list[Row] = [{"name": "code", "valueCode": property_.code}]
    parts.append({"name": "value", property_.element: property_.value})
    return [*parts, {"name": "description", "valueString": description}] if description else parts


def _linked(system: CodeSystem, name: str, code: str) -> list[Row]:
    other = system.get(code)
    return _property(Property(name, "valueCode", code), other.display if other else None)
