"""Bind a parsed tree to its context: each Comparison and each Present becomes a Bound, the filters that it means.

Every value is read here, so whatever is wrong with it is known before the database is asked.
"""

from gateway.errors import BadRequest, NotSupported
from gateway.fhir import references
from gateway.search.context import Context
from gateway.search.cost import OF_SEARCH, charge, charged
from gateway.search.definitions.definition import hierarchy
from gateway.search.notation.values import unescape
from gateway.search.tree.clauses import (
    And,
    Bound,
    Branch,
    Chain,
    Clause,
    Comparison,
    End,
    Has,
    Hierarchy,
    Not,
    Or,
    Present,
)
from gateway.search.types import TYPES
from gateway.search.types.date import earliest
from gateway.search.types.filter_operators import operator_on
from gateway.search.types.reference import any_version, local

_MOST_IN_PARTS = 8
"""Values of the main date up to which a search may be read in parts, see `gateway.search.notation.eras`."""


def bind(clause: Clause, context: Context) -> Clause:
    """Return the clause with filters in place of its comparisons.

    Raises BadRequest for a value that cannot be read, NotSupported for unknown terminology, TooCostly.
    """
    match clause:
        case Comparison():
            return _comparison(clause, context)
        case Present(parameter):
            return Bound(tuple(TYPES[parameter.type].present(name, parameter) for name in parameter.stored))
        case And(clauses):
            return And(tuple(bind(part, context) for part in clauses))
        case Or(clauses):
            return Or(tuple(bind(part, context) for part in clauses))
        case Not(inner):
            return Not(bind(inner, context))
        case Chain(names, ends, canonical, single, rank):
            return Chain(names, _ends(ends, context), canonical, single, rank)
        case Has(names, end, canonical):
            return Has(names, End(end.type, bind(end.clause, context)), canonical)
        case _:
            return clause


def _ends(ends: tuple[End, ...], context: Context) -> tuple[End, ...]:
    """Bind the ends of a chain. Those at which the value makes no sense are left out, unless it makes sense at none."""
    bound, refusals = list[End](), list[BadRequest]()
    for end in ends:
        try:
            bound.append(End(end.type, bind(end.clause, context)))
        except BadRequest as error:
            refusals.append(error)
    if not bound:
        raise refusals[0]
    return tuple(bound)


def _comparison(comparison: Comparison, context: Context) -> Clause:
    parameter, values, modifier = comparison.parameter, comparison.values, comparison.modifier
    if comparison.operator:
        return _by_operator(comparison, comparison.operator, context)
    if modifier in ("above", "below") and parameter.type == "reference":
        return _in_hierarchy(comparison, modifier, context)
    where = TYPES[parameter.type].where
    filters = charged(
        comparison.written,
        (where(name, parameter, modifier, value, context) for value in values for name in parameter.stored),
    )
    since = earliest(parameter.name, values) if parameter.at and len(values) <= _MOST_IN_PARTS else None
    return Bound(filters, parameter.rank, since)


def _by_operator(comparison: Comparison, operator: str, context: Context) -> Bound:
    """Bind a comparison of `_filter`."""
    parameter, [value] = comparison.parameter, comparison.values
    compare = operator_on(parameter, operator)
    assert compare is not None  # the parser has asked
    filters = (compare(name, parameter, value, context) for name in parameter.stored)
    return Bound(charged(comparison.written, filters), parameter.rank)


def _in_hierarchy(comparison: Comparison, modifier: str, context: Context) -> Bound | Hierarchy:
    """Bind `location:below=42` or `location:below=Location/42` (https://hl7.org/fhir/R4/search.html#recursive), or
    `questionnaire:below=http://example.org/q|1`, which asks for a version."""
    parameter, written = comparison.parameter, comparison.written
    if parameter.canonical and modifier == "below":
        filters = (any_version(name, value) for value in comparison.values for name in parameter.stored)
        return Bound(charged(written, filters), parameter.rank)
    branches = [branch for value in comparison.values for branch in _branches(comparison, modifier, value, context)]
    return Hierarchy(parameter.stored, tuple(branches), modifier == "above", parameter.rank)


def _branches(comparison: Comparison, modifier: str, value: str, context: Context) -> list[Branch]:
    """Return a branch for each type that may have this id and has a hierarchy. Raises NotSupported for none."""
    parameter = comparison.parameter
    reference = local(unescape(value).strip(), context.base)
    target = references.parse_reference(reference)
    types = (target.type,) if target else parameter.targets
    keys = [f"{target.type}/{target.id}"] if target else [f"{type_}/{reference}" for type_ in types]
    steps = {key: hierarchy(key.partition("/")[0]) for key in keys}
    if not any(steps.values()) or (target and target.type not in parameter.targets):
        raise NotSupported(f"Search parameter '{parameter.name}:{modifier}': there is no hierarchy of these")
    charge(comparison.written, len(keys) * OF_SEARCH)
    return [Branch(key, parameters) for key, parameters in steps.items() if parameters]
