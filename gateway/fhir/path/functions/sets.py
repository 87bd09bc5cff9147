"""union, combine, intersect, exclude (https://hl7.org/fhirpath/N1/#combining)."""

from gateway.fhir.path.equality import among, distinct
from gateway.fhir.path.function import PathFunction, plain
from gateway.fhir.path.values import Nodes


def _intersect(nodes: Nodes, other: Nodes) -> Nodes:
    is_other = among(other)
    return distinct([node for node in nodes if is_other(node)])


def _exclude(nodes: Nodes, other: Nodes) -> Nodes:
    is_other = among(other)
    return [node for node in nodes if not is_other(node)]


FUNCTIONS: dict[str, PathFunction] = {
    "union": plain(lambda nodes, other: distinct(nodes + other), 1, gives="both"),
    "combine": plain(lambda nodes, other, *order: nodes + other, 1, 2, gives="both"),
    "intersect": plain(_intersect, 1, gives="input"),
    "exclude": plain(_exclude, 1, gives="input"),
}
