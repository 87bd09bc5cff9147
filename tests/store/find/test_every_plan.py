"""An index serves whatever can be asked for: every search parameter of every type, with every modifier, in every way.

Thousands of searches come to a few dozen shapes of filters, which differ only in names and values; MongoDB is asked for
its plan for each shape.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pytest

from gateway.errors import NotSupported
from gateway.fhir import r4
from gateway.search.compile.plan import plan_search
from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter, parameters
from gateway.search.query import Query, parse
from gateway.search.tree.clauses import Clause, Not, Words, reads_first
from gateway.search.types import TYPES
from gateway.store import Store
from gateway.store.layout.schema import RESOURCES, WORDS

VALUES = {
    "composite": "",
    "date": "2024-05",
    "identity": "a",
    "number": "5.4",
    "phonetic": "smith",
    "quantity": "5.4|http://unitsofmeasure.org|mg",
    "reference": "Patient/a",
    "special": "46.9|7.4|10|km",
    "string": "some",
    "token": "http://example.org|a",
    "updated": "ge2024",
    "uri": "http://example.org/a",
    "words": '"bone met*" or not liver',
}
PREFIXED = {"date", "number", "quantity", "updated"}
PREFIXES = ("ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
CODES = {
    "in": "http://example.org/set",
    "not-in": "http://example.org/set",
    "of-type": "http://x.org|MR|12",
    "text": "x",
}
ANYWHERE = re.compile(r":missing | pr ")
MOST_PER_TYPE = 2
"""Types of resources, of those that come to one shape, for which the plan is looked at."""


class Terms:
    def members(self, value_set: str) -> Sequence[tuple[str, str]]:
        return [("http://example.org", "a"), ("http://example.org", "b")]

    def below(self, system: str, code: str) -> Sequence[str]:
        return [code, "b"]

    above = below


CONTEXT = Context("http://gateway/fhir", Terms())


def value_of(parameter: Parameter) -> str:
    return VALUES[parameter.type] or "$".join(VALUES[component.type] for component in parameter.components)


def searches(parameter: Parameter) -> Iterator[tuple[str, str]]:
    """All ways to ask for a parameter."""
    name, value = parameter.name, value_of(parameter)
    yield name, value
    if parameter.type == "words":
        return
    yield f"{name}:missing", "true"
    yield f"{name}:missing", "false"
    if parameter.type in PREFIXED:
        yield from ((name, f"{prefix}{value.removeprefix('ge')}") for prefix in PREFIXES)
    if parameter.type == "token":
        yield from ((name, written) for written in ("a", "|a", "http://example.org|", "a,b"))
    for modifier in TYPES[parameter.type].MODIFIERS:
        if parameter.type != "reference" or modifier in parameter.targets[:1]:
            yield f"{name}:{modifier}", CODES.get(modifier, value)
    if parameter.type == "reference":
        yield f"{name}:identifier", "http://example.org|a"


@dataclass(frozen=True)
class Asked:
    """`narrow`: what is looked for is somewhere, so the index must lead there; what is not, or what has any value at
    all, may be looked for through all resources of a type."""

    collection: str
    filter: dict[str, Any]
    narrow: bool


def filters() -> Iterator[Asked]:
    for type_ in [None, *sorted(r4.resource_types())]:
        for parameter in parameters(type_).values():
            for written in searches(parameter):
                yield from planned(type_, [written])
            value = f'"{value_of(parameter)}"' if parameter.type != "words" else '"bone"'
            operators = ("eq", "ne", "co", "sw", "ew", "gt", "le", "po", "pr", "re", "sa", "sb")
            for operator in operators:
                written_value = "true" if operator == "pr" else value.replace("ge2024", "2024")
                yield from planned(type_, [("_filter", f"{parameter.name} {operator} {written_value}")])


def planned(type_: str | None, pairs: list[tuple[str, str]]) -> Iterator[Asked]:
    """The filters that a search comes to."""
    try:
        query = parse(type_, pairs, context=CONTEXT)
    except NotSupported:
        assert pairs[0][0] == "_filter"  # not every operator is for every type
        return
    plan = plan_search(query)
    narrow = not any(isinstance(clause, Not) for clause in query.clauses) and not ANYWHERE.search(" ".join(pairs[0]))
    for clause in plan.open:
        yield from (Asked(WORDS, one, "$nor" not in str(one)) for one in of_words(clause, type_))
    if not plan.open:
        yield Asked(RESOURCES, plan.match(), narrow and "$nor" not in str(plan.match()))
        if type_ and pairs[0][0] != "_filter":
            inside = parse(type_, [*pairs, ("_contained", "both")], context=CONTEXT)
            yield Asked(RESOURCES, plan_search(inside).match(), False)


def of_words(clause: Clause, type_: str | None) -> Iterator[dict[str, Any]]:
    for words in reads_first(clause):
        if isinstance(words, Words):
            yield {"$and": [{"t": type_ or {"$in": sorted(r4.resource_types())}}, words.filter]}


def shape(value: Any) -> Any:
    """A filter without its names and values. Alternatives of one shape are one."""
    if isinstance(value, dict):
        return tuple(sorted((key, shape(one)) for key, one in value.items()))
    if isinstance(value, list):
        return tuple(sorted({repr(shape(one)) for one in value}))
    return type(value).__name__


def representatives() -> list[Asked]:
    found: dict[Any, dict[Any, Asked]] = {}
    for asked in filters():
        of_shape = found.setdefault((asked.collection, asked.narrow, shape(asked.filter)), {})
        if len(of_shape) < MOST_PER_TYPE:
            of_shape.setdefault(str(asked.filter.get("t", "")), asked)
    return [asked for each in found.values() for asked in each.values()]


async def test_an_index_serves_every_search(hospital: Store) -> None:
    """In a database that is nearly empty all plans cost the same, and any may win; so all are looked at."""
    unserved = []
    everything = representatives()
    assert len(everything) > 100
    for asked in everything:
        explain = {"explain": {"find": asked.collection, "filter": asked.filter}, "verbosity": "queryPlanner"}
        planner = (await hospital.database.command(explain))["queryPlanner"]
        if "COLLSCAN" in str(planner["winningPlan"]) or (asked.narrow and not leads_there(planner)):
            unserved.append(asked)
    assert unserved == []


def leads_there(planner: dict[str, Any]) -> bool:
    """Whether some plan reads no more of an index than what was asked for, of that type."""
    plans = [planner["winningPlan"], *planner["rejectedPlans"]]
    return any(all(narrow(scan) for scan in scans(plan)) for plan in plans if "COLLSCAN" not in str(plan))


def narrow(scan: dict[str, Any]) -> bool:
    return any(bounds != ["[MinKey, MaxKey]"] for field, bounds in scan["indexBounds"].items() if field != "t")


def scans(plan: Any) -> Iterator[dict[str, Any]]:
    if isinstance(plan, list):
        yield from chain.from_iterable(map(scans, plan))
    elif isinstance(plan, dict):
        if plan.get("stage") == "IXSCAN":
            yield plan
        yield from chain.from_iterable(map(scans, plan.values()))


@pytest.mark.parametrize("type_", ["Observation", "Patient"])
async def test_words_many_or_few_are_served_by_their_index(hospital: Store, type_: str) -> None:
    for text in ("bone", "bon*", '"bone liver"', "not bone", "(bone or liver) and metast*"):
        query: Query = parse(type_, [("_text", text)])
        for filter_ in chain.from_iterable(of_words(clause, type_) for clause in query.clauses):
            explain = {"explain": {"find": WORDS, "filter": filter_}, "verbosity": "queryPlanner"}
            plan = str((await hospital.database.command(explain))["queryPlanner"]["winningPlan"])
            assert "t_1_w_1" in plan
