"""empty, exists, all, count and so on (https://hl7.org/fhirpath/N1/#existence)."""

from collections.abc import Callable

from gateway.fhir.path.equality import among, distinct
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import Argument, PathFunction, each, plain
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.values import FALSE, TRUE, Nodes, boolean, integer, truth


def _exists(source: Run, *criteria: Argument) -> Run:
    if not criteria:
        return lambda scope: [TRUE] if source(scope) else [FALSE]
    test = criteria[0].run

    def run(scope: Scope) -> Nodes:
        nodes = source(scope)
        return boolean(sum(truth(result) is True for _, result in each(scope, nodes, test)) > 0)

    return run


def _all(source: Run, criteria: Argument) -> Run:
    def run(scope: Scope) -> Nodes:
        results = [truth(result) for _, result in each(scope, source(scope), criteria.run)]
        return boolean(all(results))

    return run


def _booleans(nodes: Nodes) -> list[bool]:
    for node in nodes:
        if node[1].__class__ is not bool:
            raise PathError(f"Boolean expected, {node[0]} found")
    return [node[1] for node in nodes]


def _over(test: Callable[[list[bool]], bool]) -> PathFunction:
    return plain(lambda nodes: boolean(test(_booleans(nodes))), gives="System.Boolean")


def _is_subset(nodes: Nodes, other: Nodes) -> bool:
    return all(map(among(other), nodes))


def _not(nodes: Nodes) -> Nodes:
    value = truth(nodes)
    return [] if value is None else boolean(not value)


FUNCTIONS: dict[str, PathFunction] = {
    "empty": plain(lambda nodes: boolean(not nodes), gives="System.Boolean"),
    "exists": PathFunction(0, 1, _exists, gives="System.Boolean", focus="item"),
    "all": PathFunction(1, 1, _all, gives="System.Boolean", focus="item"),
    "allTrue": _over(all),
    "anyTrue": _over(any),
    "allFalse": _over(lambda values: not any(values)),
    "anyFalse": _over(lambda values: not all(values)),
    "subsetOf": plain(lambda nodes, other: boolean(_is_subset(nodes, other)), 1, gives="System.Boolean"),
    "supersetOf": plain(lambda nodes, other: boolean(_is_subset(other, nodes)), 1, gives="System.Boolean"),
    "count": plain(lambda nodes: integer(len(nodes)), gives="System.Integer"),
    "distinct": plain(distinct, gives="input"),
    "isDistinct": plain(lambda nodes: boolean(len(distinct(nodes)) == len(nodes)), gives="System.Boolean"),
    "not": plain(_not, gives="System.Boolean"),
}
