"""One criterion, understood: its parameter, modifier, chain and values (https://hl7.org/fhir/R4/search.html)."""

from gateway.errors import BadRequest, NotSupported, TooCostly
from gateway.fhir import r4, references
from gateway.search.compile.alternatives import FEW
from gateway.search.context import NO_CONTEXT, Context
from gateway.search.cost import OF_SEARCH, charge, charged
from gateway.search.definitions.definition import hierarchy
from gateway.search.definitions.parameters import Parameter, parameters
from gateway.search.language import text_query
from gateway.search.notation.values import split, unescape
from gateway.search.tree.clauses import Branch, Chain, Clause
from gateway.search.types import TYPES
from gateway.search.types.date import earliest
from gateway.search.types.reference import any_version, local

_NEGATIVE = frozenset({"not", "not-in"})
_EVERYWHERE = ("_has", "_list")
_DEEPEST = 40
"""Steps of a chain. No deployment has so many kinds of resources in a row; Python's stack has an end."""

WIDEST = 400
"""Searches that one chain may need, over all the types that its references may point to."""


def clause(type_: str | None, written: str, value: str, context: Context = NO_CONTEXT, depth: int = 0) -> Clause:
    """A criterion on `type_`, `written` with its modifier or chain: `code`, `name:exact`, `subject:Patient.name`."""
    if not value:
        raise BadRequest(f"Search parameter '{written[:200]}' has no value")
    if depth > _DEEPEST:
        raise BadRequest(f"Search parameter '{written[:200]}' leads on and on")
    if written.startswith("_has:"):
        return _reverse(type_, written, value, context, depth)
    if written == "_list":
        return _listed(type_, value, context, depth)
    head, chained, rest = written.partition(".")
    name, _, modifier = head.partition(":")
    parameter = known(type_, name)
    if chained:
        return _chain(parameter, written, modifier, rest, value, context, depth)
    if parameter.type == "words":
        return text_query.in_text(parameter, modifier, value)
    if modifier == "missing":
        return _missing(parameter, value)
    if modifier in ("above", "below") and parameter.type == "reference":
        return _branch(parameter, modifier, value, context)
    return _plain(parameter, written, modifier, value, context)


def known(type_: str | None, name: str) -> Parameter:
    if name == "_query":
        raise NotSupported("Search parameter '_query': there are no named queries here")
    found = parameters(type_).get(name)
    if found is None:
        on_what = f"for {type_}" if type_ else "for searches on all types"
        raise NotSupported(f"Search parameter '{name[:200]}' is not known {on_what}")
    return found


def _plain(parameter: Parameter, written: str, modifier: str, value: str, context: Context) -> Clause:
    kind = TYPES[parameter.type]
    if modifier and modifier not in kind.MODIFIERS:
        raise NotSupported(f"Search parameter '{parameter.name}' does not support the modifier ':{modifier[:64]}'")
    if modifier == "text":
        return text_query.of_code(parameter, _alternatives(written, value))
    values = _alternatives(written, value)
    filters = charged(
        written,
        (kind.where(name, parameter, modifier or None, each, context) for each in values for name in parameter.stored),
    )
    since = earliest(parameter.name, values) if parameter.at and len(values) <= FEW else None
    return Clause(filters, negative=modifier in _NEGATIVE, rank=parameter.rank, since=since)


def _alternatives(written: str, value: str) -> list[str]:
    """Return the values between commas, each once. Raises TooCostly for too many, before they are split."""
    charge(written, value.count(",") + 1)
    values = split(value, ",")
    if not all(values):
        raise BadRequest(f"Search parameter '{written[:200]}' has an empty value between its commas")
    return list(dict.fromkeys(values))


def _missing(parameter: Parameter, value: str) -> Clause:
    if value not in ("true", "false"):
        raise BadRequest(f"Search parameter '{parameter.name}:missing' is true or false, not '{value[:64]}'")
    kind = TYPES[parameter.type]
    return Clause(tuple(kind.present(name, parameter) for name in parameter.stored), negative=value == "true")


def _chain(
    parameter: Parameter, written: str, modifier: str, rest: str, value: str, context: Context, depth: int
) -> Clause:
    name = rest.partition(".")[0].partition(":")[0]
    types = targets_of(parameter, modifier, name)
    if not types:
        raise NotSupported(f"Search parameter '{parameter.name}' refers to nothing that knows '{name[:200]}'")
    charge(written, len(types) * OF_SEARCH)
    understood = _understood(types, rest, value, context, depth)
    if sum(one.searches for _, one in understood) > WIDEST:
        raise TooCostly(f"Search parameter '{parameter.name}.{rest[:200]}' needs a type: '{parameter.name}:Patient.…'")
    chains = (
        Chain(parameter.stored, target, one, canonical=parameter.canonical, single=parameter.single)
        for target, one in understood
    )
    return Clause(chains=tuple(chains), rank=parameter.rank)


def targets_of(parameter: Parameter, wanted: str, name: str) -> list[str]:
    """The types that a reference may lead to, the `wanted` one if that is said, of which `name` can be asked."""
    if parameter.type != "reference":
        raise NotSupported(f"Search parameter '{parameter.name}' is no reference: '.{name[:200]}' leads nowhere")
    if wanted and wanted not in parameter.targets:
        raise NotSupported(f"Search parameter '{parameter.name}' does not refer to '{wanted[:64]}'")
    targets = (wanted,) if wanted else parameter.targets
    return [target for target in targets if name in _EVERYWHERE or name in parameters(target)]


def _understood(types: list[str], rest: str, value: str, context: Context, depth: int) -> list[tuple[str, Clause]]:
    """The criterion on each type that can make sense of it; one is enough. Raises what the first made of it."""
    found, refused = [], list[BadRequest]()
    for target in types:
        try:
            found.append((target, clause(target, rest, value, context, depth + 1)))
        except BadRequest as error:  # the same name, but another kind of parameter or other targets
            refused.append(error)
    if not found:
        raise refused[0]
    return found


def _reverse(type_: str | None, written: str, value: str, context: Context, depth: int) -> Clause:
    """`_has:Observation:patient:code=…`: https://hl7.org/fhir/R4/search.html#has"""
    source, reference, rest = reversed_(type_, written)
    charge(written, OF_SEARCH)
    inner = clause(source, rest, value, context, depth + 1)
    return Clause(chains=(Chain(reference.stored, source, inner, True, reference.canonical),), rank=0)


def reversed_(type_: str | None, written: str) -> tuple[str, Parameter, str]:
    """`_has:Observation:patient:code` -> the type, its reference parameter, and what is asked of it."""
    _, *parts = written.split(":", 3)
    if len(parts) < 3 or parts[0] not in r4.resource_types():
        raise BadRequest(f"'{written[:200]}' is not of the form _has:Type:reference:parameter")
    if type_ is None:
        raise NotSupported(f"Search parameter '{written[:200]}' cannot be used on all types")
    source, name, rest = parts
    reference = known(source, name)
    if reference.type != "reference" or type_ not in reference.targets:
        raise BadRequest(f"Search parameter '{name[:200]}' of {source} does not refer to {type_}")
    return source, reference, rest


def _listed(type_: str | None, value: str, context: Context, depth: int) -> Clause:
    """The items of a List (https://hl7.org/fhir/R4/search.html#list): those that it refers to."""
    if value.startswith("$"):
        raise NotSupported(f"Search parameter '_list': the list '{value[:64]}' is not kept here")
    return Clause(chains=(Chain(("item",), "List", clause("List", "_id", value, context, depth + 1), True),), rank=0)


def _branch(parameter: Parameter, modifier: str, value: str, context: Context) -> Clause:
    """https://hl7.org/fhir/R4/search.html#recursive: `location:below=42` and `location:below=Location/42`"""
    if parameter.canonical and modifier == "below":
        values = _alternatives(parameter.name, value)
        filters = (any_version(name, address) for address in values for name in parameter.stored)
        return Clause(charged(f"{parameter.name}:below", filters), rank=parameter.rank)
    branches = []
    for written in _alternatives(parameter.name, value):
        reference = local(unescape(written).strip(), context.base)
        split_ = references.parse_reference(reference)
        types = (split_.type,) if split_ else parameter.targets
        keys = [f"{split_.type}/{split_.id}"] if split_ else [f"{one}/{reference}" for one in types]
        steps = {key: hierarchy(key.partition("/")[0]) for key in keys}
        if not any(steps.values()) or (split_ and split_.type not in parameter.targets):
            raise NotSupported(f"Search parameter '{parameter.name}:{modifier}': there is no hierarchy of these")
        charge(f"{parameter.name}:{modifier}", len(keys) * OF_SEARCH)
        branches += [Branch(parameter.stored, key, up, modifier == "above") for key, up in steps.items() if up]
    return Clause(branches=tuple(branches), rank=parameter.rank)
