"""Read %variables: those of FHIR, and those of the caller (https://hl7.org/fhir/R4/fhirpath.html#variables)."""

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.nodes import Variable
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.values import Nodes, string

_CONSTANTS = {
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "ucum": "http://unitsofmeasure.org",
}
_PREFIXES = {
    "vs-": "http://hl7.org/fhir/ValueSet/",
    "cs-": "http://hl7.org/fhir/CodeSystem/",
    "ext-": "http://hl7.org/fhir/StructureDefinition/",
}
_ROOTS = frozenset(("context", "resource", "rootResource"))


def is_reserved(name: str) -> bool:
    """Tell whether FHIR defines %name, so that nobody else may."""
    return name in _CONSTANTS or name in _ROOTS or name.startswith(tuple(_PREFIXES))


def read(tree: Variable) -> Run:
    """Compile %name. Its evaluation raises PathError if the variable is not defined."""
    name = tree.name
    constant = _constant(name)
    if constant is not None:
        nodes = string(constant)
        return lambda scope: scope.variables.get(name, nodes)

    def run(scope: Scope) -> Nodes:
        value = scope.variables.get(name)
        if value is not None:
            scope.spend(len(value))
            return value
        if name in _ROOTS:
            return [scope.root]
        raise PathError(f"%{name} is not defined", at=tree.at)

    return run


def _constant(name: str) -> str | None:
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    for prefix, base in _PREFIXES.items():
        if name.startswith(prefix):
            return base + name.removeprefix(prefix)
    return None
