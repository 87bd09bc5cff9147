"""Parse a query string and bind it to its context: https://hl7.org/fhir/R4/search.html

    query string -> parse_tree -> ParsedQuery, which names what it needs -> bind -> Query

Nothing here reads a database. A match meets every parameter, by any of its values.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import BadRequest, Issue, NotSupported
from gateway.fhir import r4
from gateway.search.binding.bind import bind as bind_clause
from gateway.search.context import NO_CONTEXT, Context
from gateway.search.cost import check
from gateway.search.definitions.parameters import parameters
from gateway.search.language import controls
from gateway.search.language.controls import Include, Sort
from gateway.search.language.criteria import parse_parameter
from gateway.search.language.filter_criteria import FILTER, parse_filter
from gateway.search.tree.clauses import And, Clause, Or, of_types
from gateway.search.tree.needs import Needs, needs

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Query:
    """A search, ready to be compiled.

    type: the type that is searched; None searches all types, or those in `types`.
    clauses: what a match must meet.
    count: how many entries make a page.
    total: how exactly matches are counted; None leaves it open.
    contained: whether contained resources are searched: "true", "both" or "false".
    contained_type: whether then the "container" or the "contained" resource is the answer.
    page: the `next` of the page before.
    base: the address of this server, see Context.
    within: the clauses that do not stand in the query string, such as those of a compartment; `clauses` has them too.
    used: the parameters that were understood, as written, for the self link.
    """

    type: str | None
    types: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    sort: tuple[Sort, ...] = ()
    count: int = controls.DEFAULT_COUNT
    total: str | None = None
    includes: tuple[Include, ...] = ()
    revincludes: tuple[Include, ...] = ()
    summary: str | None = None
    elements: tuple[str, ...] = ()
    contained: str = "false"
    contained_type: str = "container"
    page: str | None = None
    base: str = ""
    within: tuple[Clause, ...] = ()
    used: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Criterion:
    """One parameter of a query string.

    clause: what it asks for; None for a control such as `_sort`, and for a parameter that is left out.
    warning: why it is left out.
    """

    name: str
    value: str
    clause: Clause | None = None
    warning: Issue | None = None


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query string as a tree, still to be bound to its context.

    controls: keyword arguments of the Query.
    lenient: leave out, with a warning, what this server does not offer.
    """

    type: str | None
    types: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    controls: dict[str, Any]
    lenient: bool

    @property
    def needs(self) -> tuple[Needs, ...]:
        """The value sets and code systems to be fetched before the tree is bound."""
        return needs(criterion.clause for criterion in self.criteria if criterion.clause is not None)


def parse(
    type_: str | None,
    pairs: Pairs,
    *,
    lenient: bool = False,
    context: Context = NO_CONTEXT,
    within: tuple[Clause, ...] = (),
) -> Query:
    """Parse a query string and bind it at once, for callers who know its context beforehand."""
    return bind(parse_tree(type_, pairs, lenient=lenient), context, within)


def parse_tree(type_: str | None, pairs: Pairs, *, lenient: bool = False) -> ParsedQuery:
    """Parse a query string; parameters without a value are ignored.

    Raises NotSupported for what this server does not offer (lenient: left out, with a warning), BadRequest for what is
    wrong, TooCostly.
    """
    if type_ is not None and type_ not in r4.resource_types():
        raise BadRequest(f"'{type_[:64]}' is not an R4 resource type")
    collected = controls.Controls(type_, controls.types_of(type_, pairs))
    # "Empty parameters are not an error - they are just ignored" (search.html#errors)
    criteria = tuple(_criterion(collected, name, value, lenient=lenient) for name, value in pairs if value)
    if collected.values.get("summary") == "text" and collected.values.keys() & {"includes", "revincludes"}:
        raise BadRequest("Search parameter '_summary=text' cannot be mixed with _include and _revinclude")
    return ParsedQuery(type_, collected.types, criteria, collected.values, lenient)


def bind(parsed: ParsedQuery, context: Context = NO_CONTEXT, within: tuple[Clause, ...] = ()) -> Query:
    """Return the query with its values and its terminology read. `within`: see Query. Raises the same as parse_tree."""
    bound = [_bound(criterion, parsed, context) for criterion in parsed.criteria]
    return Query(
        parsed.type,
        parsed.types,
        (*within, *(criterion.clause for criterion in bound if criterion.clause is not None)),
        base=context.base,
        within=within,
        used=tuple(_used(bound)),
        warnings=tuple(criterion.warning for criterion in bound if criterion.warning is not None),
        **parsed.controls,
    )


def _used(criteria: Iterable[Criterion]) -> Iterator[tuple[str, str]]:
    for criterion in criteria:
        if criterion.warning is None and criterion.name != controls.PAGE:
            yield criterion.name, criterion.value


def _criterion(collected: controls.Controls, name: str, value: str, *, lenient: bool) -> Criterion:
    check(name, value)
    try:
        if collected.take(name, value):
            return Criterion(name, value)
        return Criterion(name, value, _clause(collected.type, collected.types, name, value))
    except NotSupported as error:
        if not lenient or _is_modified(collected.type, name):
            raise
        return Criterion(name, value, warning=_left_out(error))


def _bound(criterion: Criterion, parsed: ParsedQuery, context: Context) -> Criterion:
    if criterion.clause is None:
        return criterion
    try:
        return Criterion(criterion.name, criterion.value, bind_clause(criterion.clause, context))
    except NotSupported as error:
        if not parsed.lenient or _is_modified(parsed.type, criterion.name):
            raise
        return Criterion(criterion.name, criterion.value, warning=_left_out(error))


def _left_out(error: NotSupported) -> Issue:
    return Issue("warning", error.code, f"{error.text}; it was left out")


def _is_modified(type_: str | None, written: str) -> bool:
    """Tell whether a known parameter has a modifier, so that it must not be left out: "Server SHALL reject any search
    request that contains [...] a modifier that the server does not support for that parameter" (search.html#modifiers).
    """
    name, modified, _ = written.partition(".")[0].partition(":")
    return bool(modified) and (name in controls.NAMES or name in parameters(type_))


def _clause(type_: str | None, types: tuple[str, ...], name: str, value: str) -> Clause:
    """Parse a parameter; on several types it may be one that all of these know, though others do not. It may mean
    another thing on each."""
    if type_ is not None or not types or name.partition(":")[0] in parameters(None):
        return _clause_on(type_, name, value)
    clauses = [_clause_on(each, name, value) for each in types]
    if len(types) == 1:
        return clauses[0]
    return Or(tuple(And((of_types(each), clause)) for each, clause in zip(types, clauses, strict=True)))


def _clause_on(type_: str | None, name: str, value: str) -> Clause:
    return parse_filter(type_, value) if name == FILTER else parse_parameter(type_, name, value)
