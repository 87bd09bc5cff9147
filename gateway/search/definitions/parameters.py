"""Look up the search parameters of each resource type, from HL7's definitions.

https://hl7.org/fhir/R4/searchparameter-registry.html
"""

from dataclasses import replace
from functools import cache

from gateway.fhir import r4
from gateway.search.definitions.composites import composites
from gateway.search.definitions.definition import CompositePart, Parameter, answered_by, parameter_of, parts

__all__ = ["CompositePart", "Parameter", "main_date", "parameters", "parts"]

# The main date of a type, `at`, is the first of these that it has.
_MAIN_DATES = (
    *("authoredon", "date", "authored", "authored-on", "onset-date", "effective", "effective-time", "occurrence"),
    *("started", "start", "period", "whenhandedover", "recorded", "sent", "issued", "identified", "collected"),
    *("datewritten", "datetime", "start-date", "created", "timestamp", "birthdate"),
)


@cache
def parameters(type_: str | None) -> dict[str, Parameter]:
    """Return, by name, the parameters of a resource type; for None those that all types have."""
    defined = r4.search_parameters()
    bases = ("Resource",) if type_ is None else ("Resource", "DomainResource", type_)
    simple = {
        name: parameter_of(type_, name, definition)
        for base in bases
        for name, definition in defined.get(base, {}).items()
        if definition.expression and definition.type != "composite"
    }
    main = next((name for name in _MAIN_DATES if name in simple), None)
    single = {name: replace(answered_by(parameter, simple), at=name == main) for name, parameter in simple.items()}
    single |= {name: Parameter(name, "words", "", stored=(name,), rank=3) for name in _words(type_)}
    return single | composites(type_, single) if type_ else single


def _words(type_: str | None) -> tuple[str, ...]:
    """Return the parameters that search text; they have no expression. Few types have no narrative."""
    return ("_content",) if type_ and r4.types()[type_].base != "DomainResource" else ("_content", "_text")


@cache
def main_date(type_: str) -> str | None:
    """Return the name of the parameter whose earliest moment is the document's `at`; None if the type has no date."""
    return next((name for name, parameter in parameters(type_).items() if parameter.at), None)
