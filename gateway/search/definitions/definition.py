"""Define one search parameter on one resource type, from HL7's definition and its expression.

Many parameters repeat others: Observation's `combo-code` is `code` or `component-code`, `patient` is `subject` when
that is a Patient. They are not indexed again, but answered from the entries of the others (`stored`). That halves the
index of an Observation.
"""

import re
from dataclasses import dataclass, replace
from functools import cache

from gateway.fhir import r4

_AS = re.compile(r"\(([\w.]+) as (\w+)\)")
_RESOLVED = re.compile(r"\.where\(resolve\(\) is (\w+)\)$")


@dataclass(frozen=True, slots=True)
class CompositePart:
    """A part of a composite parameter.

    expression: starts from the composite's context.
    sibling: the parameter that has the same values, of all elements together.
    whole: the parameter that has the same values, if the composite is on the resource itself.
    """

    type: str
    expression: str
    sibling: "Parameter | None" = None
    whole: "Parameter | None" = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter on one resource type.

    type: a key of `gateway.search.types.TYPES`.
    targets: the types that a reference may point to; of `_id` the type itself.
    stored: the names under which its index entries are stored.
    system: the only code system of a plain `code` element.
    restricted: among the entries only references to `targets` count.
    at: it is the main date, whose earliest moment the stored document keeps beside its index.
    single: a resource has at most one value.
    canonical: it names its targets by their `url`.
    uncoded: its values are codes without a system of their own.
    caseless: its values are strings, whose case does not count.
    rank: how few resources a value is likely to leave, the fewest first.
    components: the parts of a composite.
    """

    name: str
    type: str
    expression: str
    targets: tuple[str, ...] = ()
    stored: tuple[str, ...] = ()
    system: str | None = None
    restricted: bool = False
    at: bool = False
    single: bool = False
    canonical: bool = False
    uncoded: bool = False
    caseless: bool = False
    rank: int = 9
    components: tuple[CompositePart, ...] = ()


# The first two are columns of the stored document, not entries of its index.
_KINDS = {"_id": "identity", "_lastUpdated": "updated", "phonetic": "phonetic"}
"""Search types of our own, which the definitions call token, date and string."""


MIME, _MIME_TYPES = "urn:ietf:bcp:13", "http://hl7.org/fhir/ValueSet/mimetypes"
"""The system of MIME types, and the value set that stands for it."""

_UNCODED = frozenset({"code", "boolean", "id", "string", "uri"})


def of_type(expression: str) -> str:
    """Replace `as` by `ofType`, which search parameters mean: `as` fails where an element has several values."""
    return _AS.sub(r"\1.ofType(\2)", expression).replace(".as(", ".ofType(")


def parts(expression: str) -> tuple[str, ...]:
    """Split a union: `a | (b as c)` -> `("a", "b as c")`. The definitions have no `|` inside brackets."""
    return tuple(_unwrapped(part.strip()) for part in expression.split(" | "))


def _unwrapped(part: str) -> str:
    return part[1:-1] if part.startswith("(") and part.endswith(")") and part.count("(") == 1 else part


def parameter_of(type_: str | None, name: str, definition: r4.SearchParameter) -> Parameter:
    """Return the parameter of a type, None for all types, that is stored under its own name."""
    expression = of_type(definition.expression or "")
    if type_ is not None:
        expression = re.sub(r"\b(Domain)?Resource\.", f"{type_}.", expression)
    kind = _KINDS.get(name, definition.type)
    targets = definition.targets or ((type_,) if type_ and kind == "identity" else ())
    elements = _elements(_RESOLVED.sub("", expression))
    single = bool(elements) and not any(e.many or "Timing" in e.types for e in elements)
    canonical = kind == "reference" and _is_canonical(type_, expression)
    rank = _rank(kind, _elements(parts(expression)[0]))
    return Parameter(
        name,
        kind,
        expression,
        targets,
        (name,),
        _implied_system(elements),
        uncoded=bool(elements) and {*elements[-1].types} <= _UNCODED,
        caseless=kind == "token" and all(_is_string(part) for part in parts(expression)),
        single=single,
        canonical=canonical,
        rank=rank,
    )


def _is_string(part: str) -> bool:
    elements = _elements(part)
    return bool(elements) and elements[-1].types == ("string",)


def _is_canonical(type_: str | None, expression: str) -> bool:
    """Tell whether an expression leads to canonical addresses, such as `QuestionnaireResponse.questionnaire`, perhaps
    among other things, as in `PlanDefinition.library | …`."""
    paths = [_elements(re.sub(r"\.where\([^)]*\)", "", part)) for part in parts(expression)]
    return any(elements and {"canonical", "uri"} & set(elements[-1].types) for elements in paths) or (
        ".as(canonical)" in expression or ".ofType(canonical)" in expression
    )


_UPWARDS = re.compile(r"\.(partOf|parent|isPartOf)$")


@cache
def hierarchy(type_: str) -> tuple[str, ...]:
    """Return the parameters by which a resource refers to the one of the same type above it: `Location.partOf`."""
    defined = r4.search_parameters().get(type_, {})
    return tuple(
        name
        for name, definition in defined.items()
        if definition.type == "reference"
        and type_ in definition.targets
        and _UPWARDS.search(definition.expression or "")
    )


def _rank(kind: str, elements: list[r4.Element]) -> int:
    """Return the rank of a parameter: an id leaves one resource, a patient hundreds, a status nearly all. It does not
    depend on what is stored, so that the same search always has the same plan."""
    if kind == "token" and elements:
        last = elements[-1]
        if last.types == ("Identifier",):
            return 1
        return 6 if last.types[0] in ("code", "boolean") else 5 if last.many else 4
    return {"identity": 0, "reference": 2, "string": 3, "phonetic": 3, "uri": 3}.get(kind, 9)


def _elements(expression: str) -> list[r4.Element]:
    """Return the elements that a plain path leads through; [] for any other expression."""
    head, *names = expression.split(".")
    elements: list[r4.Element] = []
    for name in names:
        definition = r4.types().get(head)
        if definition is None or name not in definition.elements:
            return []
        elements.append(definition.elements[name])
        head = elements[-1].types[0]
    return elements


def _implied_system(elements: list[r4.Element]) -> str | None:
    """Return the only system of a plain code: `Patient.gender` -> http://hl7.org/fhir/administrative-gender."""
    if not elements or elements[-1].types not in (("code",), ("boolean",)):
        return None
    if elements[-1].types == ("boolean",):
        return "http://hl7.org/fhir/special-values"
    if (elements[-1].required or "").startswith(_MIME_TYPES):
        return MIME
    systems = r4.codes().get(elements[-1].required or "") or {}
    return next(iter(systems)) if len(systems) == 1 else None


def answered_by(parameter: Parameter, all_: dict[str, Parameter]) -> Parameter:
    """Return the parameter, stored under the names of others if those together have exactly its values."""
    resolved = _RESOLVED.search(parameter.expression)
    values = set(parts(_RESOLVED.sub("", parameter.expression) if resolved else parameter.expression))
    alike = [p for p in all_.values() if p.type == parameter.type and set(parts(p.expression)) <= values]
    alike = [p for p in alike if _is_simpler(p, parameter)]
    if {part for p in alike for part in parts(p.expression)} != values:
        return parameter
    stored = tuple(dict.fromkeys(name for p in alike for name in answered_by(p, all_).stored))
    return replace(parameter, stored=stored, restricted=resolved is not None)


def _is_simpler(parameter: Parameter, other: Parameter) -> bool:
    """Tell whether `parameter` may answer for `other`: it comes first in a fixed order, so that no two answer for each
    other."""
    place = (
        len(parts(parameter.expression)),
        "resolve()" in parameter.expression,
        len(parameter.name),
        parameter.name,
    )
    return place < (len(parts(other.expression)), "resolve()" in other.expression, len(other.name), other.name)
