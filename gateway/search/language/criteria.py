"""Parse one parameter of a query string: its modifier, chain and values (https://hl7.org/fhir/R4/search.html)."""

from gateway.errors import BadRequest, NotSupported, TooCostly
from gateway.fhir import r4
from gateway.search.cost import OF_SEARCH, charge
from gateway.search.definitions.parameters import Parameter, parameters
from gateway.search.language import text_query
from gateway.search.notation.values import split
from gateway.search.tree.clauses import Chain, Clause, Comparison, End, Has, Not, Present, searches
from gateway.search.types import TYPES

_NEGATED = {"not": None, "not-in": "in"}
"""Modifiers that mean the opposite of another one, or of none."""
_ON_ALL_TYPES = ("_has", "_list")
"""They can be asked of every type, though no definition says so."""
_MOST_STEPS = 40
"""Steps of a chain. No deployment has so many kinds of resources in a row; Python's stack has an end."""
_MOST_SEARCHES = 400
"""Searches that one chain may need, over all the types that its references may point to."""


def parse_parameter(type_: str | None, written: str, value: str, depth: int = 0) -> Clause:
    """Parse a parameter of `type_`, None for all types, as `written`: `code`, `name:exact`, `subject:Patient.name`.

    Raises NotSupported for what this server does not offer, BadRequest for what is wrong, TooCostly.
    """
    if not value:
        raise BadRequest(f"Search parameter '{written[:200]}' has no value")
    if depth > _MOST_STEPS:
        raise BadRequest(f"Search parameter '{written[:200]}' leads on and on")
    if written.startswith("_has:"):
        return _has(type_, written, value, depth)
    if written == "_list":
        return _in_list(value, depth)
    head, chained, rest = written.partition(".")
    name, _, modifier = head.partition(":")
    parameter = parameter_named(type_, name)
    if chained:
        return _chain(parameter, written, modifier, rest, value, depth)
    if parameter.type == "words":
        return text_query.parse_text(parameter, modifier, value)
    if modifier == "missing":
        return _missing(parameter, value)
    return _comparison(parameter, written, modifier, value)


def parameter_named(type_: str | None, name: str) -> Parameter:
    """Return the parameter of a type. Raises NotSupported for an unknown name."""
    if name == "_query":
        raise NotSupported("Search parameter '_query': there are no named queries here")
    parameter = parameters(type_).get(name)
    if parameter is None:
        on_what = f"for {type_}" if type_ else "for searches on all types"
        raise NotSupported(f"Search parameter '{name[:200]}' is not known {on_what}")
    return parameter


def _comparison(parameter: Parameter, written: str, modifier: str, value: str) -> Clause:
    if modifier in ("above", "below") and parameter.type == "reference":
        values = _alternatives(parameter.name, value)
        return Comparison(f"{parameter.name}:{modifier}", parameter, values, modifier)
    if modifier and modifier not in TYPES[parameter.type].MODIFIERS:
        raise NotSupported(f"Search parameter '{parameter.name}' does not support the modifier ':{modifier[:64]}'")
    values = _alternatives(written, value)
    if modifier == "text":
        return text_query.parse_code_text(parameter, values)
    comparison = Comparison(written, parameter, values, _NEGATED.get(modifier, modifier or None))
    return Not(comparison) if modifier in _NEGATED else comparison


def _alternatives(written: str, value: str) -> tuple[str, ...]:
    """Return the values between commas, each once. Raises TooCostly for too many, before they are split."""
    charge(written, value.count(",") + 1)
    values = split(value, ",")
    if not all(values):
        raise BadRequest(f"Search parameter '{written[:200]}' has an empty value between its commas")
    return tuple(dict.fromkeys(values))


def _missing(parameter: Parameter, value: str) -> Clause:
    if value not in ("true", "false"):
        raise BadRequest(f"Search parameter '{parameter.name}:missing' is true or false, not '{value[:64]}'")
    return Present(parameter) if value == "false" else Not(Present(parameter))


def _chain(parameter: Parameter, written: str, modifier: str, rest: str, value: str, depth: int) -> Chain:
    name = rest.partition(".")[0].partition(":")[0]
    types = targets_with(parameter, modifier, name)
    if not types:
        raise NotSupported(f"Search parameter '{parameter.name}' refers to nothing that knows '{name[:200]}'")
    charge(written, len(types) * OF_SEARCH)
    ends, refusals = list[End](), list[BadRequest]()
    for target in types:
        try:
            ends.append(End(target, parse_parameter(target, rest, value, depth + 1)))
        except BadRequest as error:  # the same name, but another kind of parameter or other targets
            refusals.append(error)
    if not ends:
        raise refusals[0]
    return chain_to(ends, parameter, f"{parameter.name}.{rest[:200]}", single=parameter.single)


def chain_to(ends: list[End], parameter: Parameter, written: str, *, single: bool) -> Chain:
    """Return the chain by a reference parameter to its ends. Raises TooCostly if they take too many searches."""
    if sum(searches(end.clause) for end in ends) > _MOST_SEARCHES:
        raise TooCostly(f"Search parameter '{written}' needs a type: '{parameter.name}:Patient.…'")
    return Chain(parameter.stored, tuple(ends), parameter.canonical, single, parameter.rank)


def targets_with(parameter: Parameter, type_: str, name: str) -> list[str]:
    """Return the types that a reference may point to and that have a parameter `name`; only `type_` unless it is ""."""
    if parameter.type != "reference":
        raise NotSupported(f"Search parameter '{parameter.name}' is no reference: '.{name[:200]}' leads nowhere")
    if type_ and type_ not in parameter.targets:
        raise NotSupported(f"Search parameter '{parameter.name}' does not refer to '{type_[:64]}'")
    targets = (type_,) if type_ else parameter.targets
    return [target for target in targets if name in _ON_ALL_TYPES or name in parameters(target)]


def _has(type_: str | None, written: str, value: str, depth: int) -> Has:
    """Parse `_has:Observation:patient:code=…`: https://hl7.org/fhir/R4/search.html#has"""
    source, reference, rest = reverse_reference(type_, written)
    charge(written, OF_SEARCH)
    end = End(source, parse_parameter(source, rest, value, depth + 1))
    return Has(reference.stored, end, reference.canonical)


def reverse_reference(type_: str | None, written: str) -> tuple[str, Parameter, str]:
    """Take `_has:Observation:patient:code` apart: the type, its reference parameter, and the name of what follows."""
    _, *parts = written.split(":", 3)
    if len(parts) < 3 or parts[0] not in r4.resource_types():
        raise BadRequest(f"'{written[:200]}' is not of the form _has:Type:reference:parameter")
    if type_ is None:
        raise NotSupported(f"Search parameter '{written[:200]}' cannot be used on all types")
    source, name, rest = parts
    reference = parameter_named(source, name)
    if reference.type != "reference" or type_ not in reference.targets:
        raise BadRequest(f"Search parameter '{name[:200]}' of {source} does not refer to {type_}")
    return source, reference, rest


def _in_list(value: str, depth: int) -> Has:
    """Parse `_list=42`: a List of that id refers to the resource (https://hl7.org/fhir/R4/search.html#list)."""
    if value.startswith("$"):
        raise NotSupported(f"Search parameter '_list': the list '{value[:64]}' is not kept here")
    return Has(("item",), End("List", parse_parameter("List", "_id", value, depth + 1)))
