"""What `_filter` means: its expressions as criteria (https://hl7.org/fhir/R4/search_filter.html)."""

from gateway.errors import BadRequest, NotSupported, TooCostly
from gateway.search.binding.filter_operators import compared
from gateway.search.context import Context
from gateway.search.cost import OF_SEARCH, charge
from gateway.search.definitions.parameters import Parameter
from gateway.search.language import criteria
from gateway.search.language.filter_grammar import Comparison, Expression, Joined, Not, Step, parse
from gateway.search.tree.clauses import Chain, Clause


def filtered(type_: str | None, text: str, context: Context) -> Clause:
    """Raises BadRequest, NotSupported."""
    return _clause(type_, parse(text), context)


def _clause(type_: str | None, expression: Expression, context: Context) -> Clause:
    match expression:
        case Not(inner):
            return Clause(groups=((_clause(type_, inner, context),),), negative=True)
        case Joined(parts, any_):
            each = tuple(_clause(type_, part, context) for part in parts)
            ranks = [one.rank for one in each]
            groups = tuple((one,) for one in each) if any_ else (each,)
            return Clause(groups=groups, rank=max(ranks) if any_ else min(ranks))
        case Comparison():
            return _compared(type_, expression, context)


def _compared(type_: str | None, one: Comparison, context: Context) -> Clause:
    step, *rest = one.path
    if step.name.startswith("_has:"):
        return _reverse(type_, one, context)
    name = "_id" if step.name == "id" else step.name
    if rest:
        return _chain(type_, step, Comparison(tuple(rest), one.operator, one.value), context)
    if ":" in name:
        if one.operator != "eq":
            raise BadRequest(f"Search parameter '_filter': '{name[:200]}' has a modifier, which only goes with 'eq'")
        return criteria.clause(type_, name, one.value, context)
    return compared(criteria.known(type_, name), one.operator, one.value, context)


def _reverse(type_: str | None, one: Comparison, context: Context) -> Clause:
    step, *rest = one.path
    source, reference, name = criteria.reversed_(type_, step.name)
    inner = Comparison((Step(name, step.where), *rest), one.operator, one.value)
    return Clause(
        chains=(Chain(reference.stored, source, _compared(source, inner, context), True, reference.canonical),), rank=0
    )


def _chain(type_: str | None, step: Step, rest: Comparison, context: Context) -> Clause:
    name, _, wanted = step.name.partition(":")
    parameter = criteria.known(type_, name)
    first = rest.path[0].name
    targets = criteria.targets_of(parameter, wanted, "_id" if first == "id" else first.partition(":")[0])
    charge("_filter", len(targets) * OF_SEARCH)
    chains, refused = [], list[BadRequest]()
    for target in targets:
        try:
            there = _there(target, step, rest, context)
        except BadRequest as error:  # another kind of parameter there, or none of that name
            refused.append(error)
        else:
            chains.append(Chain(parameter.stored, target, there, canonical=parameter.canonical))
    if sum(chain.clause.searches for chain in chains) > criteria.WIDEST:
        raise TooCostly(f"Search parameter '_filter': '{parameter.name}' needs a type: '{parameter.name}:Patient.…'")
    if not chains:
        raise refused[0] if refused else _leads_nowhere(parameter, rest)
    return Clause(chains=tuple(chains), rank=parameter.rank)


def _there(target: str, step: Step, rest: Comparison, context: Context) -> Clause:
    """What the resource at the other end must be like: the same one must be as the brackets say."""
    last = _compared(target, rest, context)
    return Clause(groups=((_clause(target, step.where, context), last),)) if step.where else last


def _leads_nowhere(parameter: Parameter, rest: Comparison) -> NotSupported:
    return NotSupported(f"Search parameter '{parameter.name}' refers to nothing that knows '{rest.path[0].name[:200]}'")
