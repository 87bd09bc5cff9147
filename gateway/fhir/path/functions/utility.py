"""trace and defineVariable (https://hl7.org/fhirpath/N1/#utility-functions)."""

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import Argument, PathFunction, each
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.values import Nodes, text
from gateway.fhir.path.variables import is_reserved


def _trace(source: Run, name: Argument, *projection: Argument) -> Run:
    """Compile trace(): evaluate the arguments and return the input. Log nothing: it may be a patient's data."""

    def run(scope: Scope) -> Nodes:
        nodes = source(scope)
        text(name.run(scope))
        for part in projection:
            list(each(scope, nodes, part.run))
        return nodes

    return run


def _define_variable(source: Run, name: Argument, *value: Argument) -> Run:
    def run(scope: Scope) -> Nodes:
        nodes = source(scope)
        key = text(name.run(scope))
        if key is None or is_reserved(key) or key in scope.variables:
            raise PathError(f"%{key} cannot be defined a second time")
        defined = nodes
        if value:
            before, scope.this = scope.this, nodes
            defined = value[0].run(scope)
            scope.this = before
        scope.variables = {**scope.variables, key: defined}
        return nodes

    return run


FUNCTIONS: dict[str, PathFunction] = {
    "trace": PathFunction(1, 2, _trace, gives="input", focus="item"),
    "defineVariable": PathFunction(1, 2, _define_variable, gives="input", focus="item"),
}
