"""The functions that FHIR adds (https://hl7.org/fhir/R4/fhirpath.html#functions), and the keys of SQL on FHIR."""

from gateway.fhir.path import references, xhtml
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import Argument, PathFunction, plain, scoped, type_name
from gateway.fhir.path.navigation import reader
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.type_model import ancestors, known
from gateway.fhir.path.values import KINDS, Nodes, boolean, single, text

_CANONICAL = "http://hl7.org/fhir/StructureDefinition/"


def _extension(nodes: Nodes, url: Nodes) -> Nodes:
    address = text(url)
    out: Nodes = []
    for node in nodes:
        reader(node[0], "extension")(node, out)
    return [node for node in out if node[1].get("url") == address]


def _has_value(nodes: Nodes) -> Nodes:
    return boolean(len(nodes) == 1 and nodes[0][1] is not None and KINDS.get(nodes[0][0], "Quantity") != "Quantity")


def _get_value(nodes: Nodes) -> Nodes:
    node = nodes[0] if len(nodes) == 1 else None
    kind = KINDS.get(node[0], "Quantity") if node else "Quantity"
    return [] if node is None or node[1] is None or kind == "Quantity" else [(f"System.{kind}", node[1], None)]


def _resolve(scope: Scope, nodes: Nodes) -> Nodes:
    return [target for node in nodes if (target := references.resolved(scope, node))]


def _conforms_to(nodes: Nodes, profile: Nodes) -> Nodes:
    """Tell whether a node has an R4 type or one of its bases. Any other profile is unknown here, which is an error."""
    node, url = single(nodes), text(profile)
    if node is None or url is None:
        return []
    name = url.partition("|")[0].removeprefix(_CANONICAL)
    if not known(name) or not url.startswith(_CANONICAL):
        raise PathError(f"the profile {url} is not known")
    return boolean(name in ancestors(node[0]))


def _html_checks(nodes: Nodes) -> Nodes:
    node = single(nodes)
    return [] if node is None else boolean(isinstance(node[1], str) and xhtml.is_narrative(node[1]))


def _resource_key(nodes: Nodes) -> Nodes:
    return [
        ("System.String", f"{node[1]['resourceType']}/{node[1]['id']}", None)
        for node in nodes
        if isinstance(node[1], dict) and "id" in node[1] and "resourceType" in node[1]
    ]


def _reference_key(source: Run, *types: Argument) -> Run:
    prefix = f"{type_name(types[0].tree).removeprefix('FHIR.')}/" if types else ""

    def run(scope: Scope) -> Nodes:
        keys = (references.key(node) for node in source(scope))
        return [("System.String", key, None) for key in keys if key and key.startswith(prefix)]

    return run


def _check_modifiers(nodes: Nodes, *urls: Nodes) -> Nodes:
    known_urls = {text(url) for url in urls}
    out: Nodes = []
    for node in nodes:
        reader(node[0], "modifierExtension")(node, out)
    for node in out:
        if node[1].get("url") not in known_urls:
            raise PathError(f"the modifier {node[1].get('url')} is not understood")
    return nodes


FUNCTIONS: dict[str, PathFunction] = {
    "extension": plain(_extension, 1, gives="Extension"),
    "checkModifiers": plain(_check_modifiers, 0, 99, gives="input"),
    "hasValue": plain(_has_value, gives="System.Boolean"),
    "getValue": plain(_get_value),
    "resolve": scoped(_resolve, "Resource"),
    "conformsTo": plain(_conforms_to, 1, gives="System.Boolean"),
    "htmlChecks": plain(_html_checks, gives="System.Boolean"),
    "getResourceKey": plain(_resource_key, gives="System.String"),
    "getReferenceKey": PathFunction(0, 1, _reference_key, gives="System.String", focus="type"),
}
