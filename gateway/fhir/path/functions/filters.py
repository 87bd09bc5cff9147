"""where, select, first, skip and so on (https://hl7.org/fhirpath/N1/#filtering-and-projection and #subsetting)."""

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import Argument, PathFunction, each, ordered, plain
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.values import Nodes, single, truth, whole


def _where(source: Run, criteria: Argument) -> Run:
    """Compile where(). It does not use `each`, because indexing calls it more often than any other function."""
    test = criteria.run

    def run(scope: Scope) -> Nodes:
        nodes = source(scope)
        if not nodes:
            return nodes
        this, index, variables = scope.this, scope.index, scope.variables
        scope.spend(len(nodes))
        out = []
        for place, node in enumerate(nodes):
            scope.this, scope.index, scope.variables = [node], place, variables
            if truth(test(scope)):
                out.append(node)
        scope.this, scope.index, scope.variables = this, index, variables
        return out

    return run


def _select(source: Run, projection: Argument) -> Run:
    def run(scope: Scope) -> Nodes:
        return [item for _, result in each(scope, source(scope), projection.run) for item in result]

    return run


def _single(nodes: Nodes) -> Nodes:
    single(nodes)
    return nodes


def _number(nodes: Nodes) -> int:
    value = whole(nodes)
    if value is None:
        raise PathError("Integer expected, nothing found")
    return max(value, 0)


FUNCTIONS: dict[str, PathFunction] = {
    "where": PathFunction(1, 1, _where, gives="input", focus="item"),
    "select": PathFunction(1, 1, _select, gives="argument", focus="item"),
    "first": ordered(plain(lambda nodes: nodes[:1], gives="input")),
    "last": ordered(plain(lambda nodes: nodes[-1:], gives="input")),
    "single": plain(_single, gives="input"),
    "tail": ordered(plain(lambda nodes: nodes[1:], gives="input")),
    "skip": ordered(plain(lambda nodes, count: nodes[_number(count) :], 1, gives="input")),
    "take": ordered(plain(lambda nodes, count: nodes[: _number(count)], 1, gives="input")),
}
