"""A query string, understood: https://hl7.org/fhir/R4/search.html

Every criterion becomes filters here, so whatever is wrong with it is known before the database is asked. Criteria are
joined by and, the values of one by or.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.errors import BadRequest, Issue, NotSupported
from gateway.fhir import r4
from gateway.search import controls
from gateway.search.controls import Include, Sort
from gateway.search.parameters import Parameter, parameters
from gateway.search.tokens import Filter
from gateway.search.types import TYPES
from gateway.search.values import split

_DEEPEST_CHAIN = 3
_WIDEST_CHAIN = 12


@dataclass(frozen=True, slots=True)
class Chain:
    """A criterion on another resource: those of `type` that match `clause`.

    Forward (`subject:Patient.name`): we point to one of them by one of the parameters `names`. Reverse
    (`_has:Observation:patient:code`): one of them points to us by `names`.
    """

    names: tuple[str, ...]
    type: str
    clause: "Clause"
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One criterion: any of `filters` or `chains`; `negative`: none of them. `rank`: see Parameter.
    `dated`: it is on the main date, by which results can come in order."""

    filters: tuple[Filter, ...] = ()
    negative: bool = False
    chains: tuple[Chain, ...] = ()
    rank: int = 9
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """`type` None searches all types, or those in `types`. `count` entries make a page; `total` is how exactly they are
    to be counted, None leaves it open. `page` is the `next` of the page before. `used` is what was understood, as
    written, for the self link."""

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
    page: str | None = None
    used: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Issue, ...] = ()


def parse(type_: str | None, pairs: Sequence[tuple[str, str]], *, lenient: bool = False, base: str = "") -> Query:
    """`base` is this server's own address: a reference below it means the same as the relative one.

    Raises NotSupported for what is not offered (lenient: left out, with a warning), BadRequest for what is wrong.
    """
    if type_ is not None and type_ not in r4.resource_types():
        raise BadRequest(f"'{type_[:64]}' is not an R4 resource type")
    clauses: list[Clause] = []
    settings = controls.Settings(type_)
    used: list[tuple[str, str]] = []
    warnings: list[Issue] = []
    for name, value in pairs:
        if not value:
            continue  # "Empty parameters are not an error - they are just ignored" (search.html#errors)
        try:
            if not settings.take(name, value):
                clauses.append(clause(type_, name, value, base=base))
        except NotSupported as error:
            if not lenient:
                raise
            warnings.append(Issue("warning", error.code, f"{error.text}; it was left out"))
        else:
            used.append((name, value))
    kept = tuple((name, value) for name, value in used if name != controls.PAGE)
    return Query(type_, clauses=tuple(clauses), used=kept, warnings=tuple(warnings), **settings.found)


def clause(type_: str | None, written: str, value: str, depth: int = 0, base: str = "") -> Clause:
    """One criterion on `type_`, `written` with its modifier or chain: `code`, `name:exact`, `subject:Patient.name`."""
    if not value:
        raise BadRequest(f"Search parameter '{written[:200]}' has no value")
    if written.startswith("_has:"):
        return _reverse(type_, written, value, depth)
    head, chained, rest = written.partition(".")
    name, _, modifier = head.partition(":")
    parameter = known(type_, name)
    if chained:
        return _chain(parameter, modifier, rest, value, depth)
    if modifier == "missing":
        return _missing(parameter, value)
    kind = TYPES[parameter.type]
    if modifier and modifier not in kind.MODIFIERS:
        raise NotSupported(f"Search parameter '{name}' does not support the modifier ':{modifier}'")
    values = split(value, ",")
    if base and parameter.type == "reference":
        values = [one.removeprefix(f"{base}/") for one in values]
    if not all(values):
        raise BadRequest(f"Search parameter '{written[:200]}' has an empty value between its commas")
    filters = (kind.where(name, parameter, modifier or None, one) for one in values for name in parameter.stored)
    return Clause(tuple(filters), negative=modifier == "not", rank=parameter.rank, dated=parameter.at)


def known(type_: str | None, name: str) -> Parameter:
    found = parameters(type_).get(name)
    if found is None:
        on = f"for {type_}" if type_ else "for searches on all types"
        raise NotSupported(f"Search parameter '{name[:200]}' is not known {on}")
    return found


def _missing(parameter: Parameter, value: str) -> Clause:
    if value not in ("true", "false"):
        raise BadRequest(f"Search parameter '{parameter.name}:missing' is true or false, not '{value}'")
    kind = TYPES[parameter.type]
    return Clause(tuple(kind.present(name, parameter) for name in parameter.stored), negative=value == "true")


def _chain(parameter: Parameter, modifier: str, rest: str, value: str, depth: int) -> Clause:
    if parameter.type != "reference" or depth >= _DEEPEST_CHAIN:
        raise NotSupported(f"Search parameter '{parameter.name}.{rest[:200]}': it cannot be chained, or not that far")
    if modifier and modifier not in parameter.targets:
        raise NotSupported(f"Search parameter '{parameter.name}' does not refer to '{modifier[:64]}'")
    name = rest.partition(".")[0].partition(":")[0]
    targets = (modifier,) if modifier else parameter.targets
    types = [target for target in targets if name in parameters(target) or name == "_has"]
    if not types:
        raise NotSupported(f"Search parameter '{parameter.name}' refers to nothing that knows '{name[:200]}'")
    if len(types) > _WIDEST_CHAIN:
        raise BadRequest(f"Search parameter '{parameter.name}.{name}' needs a type: '{parameter.name}:Patient.{name}'")
    chains = (Chain(parameter.stored, target, clause(target, rest, value, depth + 1)) for target in types)
    return Clause(chains=tuple(chains), rank=parameter.rank)


def _reverse(type_: str | None, written: str, value: str, depth: int) -> Clause:
    """`_has:Observation:patient:code=…`: https://hl7.org/fhir/R4/search.html#has"""
    _, *parts = written.split(":", 3)
    if len(parts) < 3 or parts[0] not in r4.resource_types():
        raise BadRequest(f"'{written[:200]}' is not of the form _has:Type:reference:parameter")
    if type_ is None or depth >= _DEEPEST_CHAIN:
        raise NotSupported(f"Search parameter '{written[:200]}' cannot be used here, or not that deep")
    source, name, rest = parts
    reference = known(source, name)
    if reference.type != "reference" or type_ not in reference.targets:
        raise BadRequest(f"Search parameter '{name}' of {source} does not refer to {type_}")
    return Clause(
        chains=(Chain(reference.stored, source, clause(source, rest, value, depth + 1), reverse=True),), rank=0
    )
