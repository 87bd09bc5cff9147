"""Parse `_filter` to the clauses that a query string gives: https://hl7.org/fhir/R4/search_filter.html

`filter_grammar` reads the expression; this module looks up what its names mean.
"""

from gateway.errors import BadRequest, NotSupported
from gateway.search.cost import OF_SEARCH, charge
from gateway.search.definitions.parameters import Parameter
from gateway.search.language import criteria, filter_grammar
from gateway.search.language.filter_grammar import Expression, FilterStep, Joined, Negation, Relation
from gateway.search.language.text_query import parse_text
from gateway.search.tree.clauses import And, Chain, Clause, Comparison, End, Has, Not, Or, Present
from gateway.search.types.filter_operators import operator_on

FILTER = "_filter"


def parse_filter(type_: str | None, text: str) -> Clause:
    """Parse an expression on `type_`, None for all types. Raises BadRequest, NotSupported, TooCostly."""
    return _clause(type_, filter_grammar.parse(text))


def _clause(type_: str | None, expression: Expression) -> Clause:
    """Translate an expression. What `not` and `or` apply to is a group of its own, an And, even if it is one clause: it
    is compiled apart from its neighbors."""
    match expression:
        case Negation(inner):
            return Not(And((_clause(type_, inner),)))
        case Joined(parts, any_):
            clauses = tuple(_clause(type_, part) for part in parts)
            return Or(tuple(And((clause,)) for clause in clauses)) if any_ else And(clauses)
        case Relation():
            return _relation(type_, expression)


def _relation(type_: str | None, relation: Relation) -> Clause:
    step, *rest = relation.path
    if step.name.startswith("_has:"):
        return _has(type_, relation)
    if rest:
        return _chain(type_, step, Relation(tuple(rest), relation.operator, relation.value))
    name = "_id" if step.name == "id" else step.name
    if ":" not in name:
        return _comparison(criteria.parameter_named(type_, name), relation.operator, relation.value)
    if relation.operator != "eq":
        raise BadRequest(f"Search parameter '_filter': '{name[:200]}' has a modifier, which only goes with 'eq'")
    return criteria.parse_parameter(type_, name, relation.value)


def _comparison(parameter: Parameter, operator: str, value: str) -> Clause:
    if operator == "pr":
        return _presence(parameter, value)
    if parameter.type == "words" and operator in ("eq", "co"):
        return parse_text(parameter, "", value)
    plain = "in" if operator == "ni" else operator
    if operator_on(parameter, plain) is None:
        raise NotSupported(f"Search parameter '_filter': '{parameter.name}' cannot be compared by '{operator}'")
    comparison = Comparison(FILTER, parameter, (value,), operator=plain)
    return Not(comparison) if operator == "ni" else comparison


def _presence(parameter: Parameter, value: str) -> Clause:
    if value not in ("true", "false"):
        raise BadRequest(f"Search parameter '_filter': '{parameter.name} pr' is followed by true or false")
    if parameter.type == "words":
        raise NotSupported(f"Search parameter '_filter': '{parameter.name}' cannot be compared by 'pr'")
    return Present(parameter) if value == "true" else Not(Present(parameter))


def _has(type_: str | None, relation: Relation) -> Has:
    step, *rest = relation.path
    source, reference, name = criteria.reverse_reference(type_, step.name)
    inner = Relation((FilterStep(name, step.where), *rest), relation.operator, relation.value)
    return Has(reference.stored, End(source, _relation(source, inner)), reference.canonical)


def _chain(type_: str | None, step: FilterStep, rest: Relation) -> Chain:
    name, _, target_type = step.name.partition(":")
    parameter = criteria.parameter_named(type_, name)
    first = rest.path[0].name
    targets = criteria.targets_with(parameter, target_type, "_id" if first == "id" else first.partition(":")[0])
    charge(FILTER, len(targets) * OF_SEARCH)
    ends, refusals = list[End](), list[BadRequest]()
    for target in targets:
        try:
            ends.append(End(target, _at_end(target, step, rest)))
        except BadRequest as error:  # the same name, but another kind of parameter or other targets
            refusals.append(error)
    if not ends:
        raise refusals[0] if refusals else _leads_nowhere(parameter, rest)
    return criteria.chain_to(ends, parameter, "_filter", single=False)


def _at_end(target: str, step: FilterStep, rest: Relation) -> Clause:
    """Return what a target must meet. The resource that the rest of the path is about must meet the brackets too."""
    last = _relation(target, rest)
    return And((_clause(target, step.where), last)) if step.where else last


def _leads_nowhere(parameter: Parameter, rest: Relation) -> NotSupported:
    return NotSupported(f"Search parameter '{parameter.name}' refers to nothing that knows '{rest.path[0].name[:200]}'")
