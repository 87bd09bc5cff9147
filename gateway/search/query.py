"""A query string, understood: https://hl7.org/fhir/R4/search.html

Every criterion becomes filters here, so whatever is wrong with it is known before the database is asked. Criteria are
joined by and, the values of one by or.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.errors import BadRequest, Issue, NotSupported
from gateway.fhir import r4
from gateway.search.context import NO_CONTEXT, Context
from gateway.search.cost import check
from gateway.search.definitions.parameters import parameters
from gateway.search.language import controls
from gateway.search.language.controls import Include, Sort
from gateway.search.language.criteria import clause
from gateway.search.language.filter_criteria import filtered
from gateway.search.tree.clauses import Clause, on

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Query:
    """`type` None searches all types, or those in `types`. `count` entries make a page; `total` is how exactly they are
    to be counted, None leaves it open. `contained`: whether resources within others are searched, "true", "both" or
    "false", and whether then the `container` or the `contained` is the answer. `page` is the `next` of the page before.
    `base`: see Context; `within`: see parse. `used` is what was understood, as written, for the self link."""

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


def parse(
    type_: str | None,
    pairs: Pairs,
    *,
    lenient: bool = False,
    context: Context = NO_CONTEXT,
    within: tuple[Clause, ...] = (),
) -> Query:
    """`within`: criteria that do not stand in the query, such as those of a compartment.

    Raises NotSupported for what is not offered (lenient: left out, with a warning), BadRequest for what is wrong.
    """
    if type_ is not None and type_ not in r4.resource_types():
        raise BadRequest(f"'{type_[:64]}' is not an R4 resource type")
    clauses, used, warnings = [*within], list[tuple[str, str]](), list[Issue]()
    settings = controls.Settings(type_, controls.types_of(type_, pairs))
    # "Empty parameters are not an error - they are just ignored" (search.html#errors)
    for name, value in filter(_has_value, pairs):
        check(name, value)
        try:
            if not settings.take(name, value):
                clauses.append(_criterion(type_, settings.types, name, value, context))
        except NotSupported as error:
            if not lenient or _is_modified(type_, name):
                raise
            warnings.append(Issue("warning", error.code, f"{error.text}; it was left out"))
        else:
            used.append((name, value))
    if settings.found.get("summary") == "text" and settings.found.keys() & {"includes", "revincludes"}:
        raise BadRequest("Search parameter '_summary=text' cannot be mixed with _include and _revinclude")
    kept = tuple((name, value) for name, value in used if name != controls.PAGE)
    meant = Query(type_, settings.types, tuple(clauses), base=context.base, within=within, **settings.found)
    return replace(meant, used=kept, warnings=tuple(warnings))


def _has_value(pair: tuple[str, str]) -> bool:
    return bool(pair[1])


def _is_modified(type_: str | None, written: str) -> bool:
    """ "Server SHALL reject any search request that contains [...] a modifier that the server does not support for that
    parameter" (search.html#modifiers); only what it does not know at all may be left out."""
    name, modified, _ = written.partition(".")[0].partition(":")
    return bool(modified) and (name in controls.NAMES or name in parameters(type_))


def _criterion(type_: str | None, types: tuple[str, ...], name: str, value: str, context: Context) -> Clause:
    """On several types a parameter may be used that all of these know, though others do not. It may mean another thing
    on each."""
    if type_ is not None or not types or name.partition(":")[0] in parameters(None):
        return _read(type_, name, value, context)
    each = [_read(one, name, value, context) for one in types]
    groups = tuple((on(one), meant) for one, meant in zip(types, each, strict=True))
    return each[0] if len(types) == 1 else Clause(groups=groups, rank=max(one.rank for one in each))


def _read(type_: str | None, name: str, value: str, context: Context) -> Clause:
    if name == "_filter" and value:
        return filtered(type_, value, context)
    return clause(type_, name, value, context)
