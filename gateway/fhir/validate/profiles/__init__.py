"""Profiles: what meta.profile promises, checked (https://hl7.org/fhir/R4/profiling.html).

    definition -> reading; matching, items, valuesets -> given -> slices -> checks -> Profiles

Types, cardinality, fixed values and patterns, slices, required bindings that can be expanded from what was loaded, and
constraints. Must-support is no fault of a resource: `Profiles.supported` tells what of it is there.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from gateway.errors import Invalid
from gateway.fhir import r4
from gateway.fhir.json import Resource
from gateway.fhir.terminology import base
from gateway.fhir.validate.findings import Finding
from gateway.fhir.validate.profiles import checks
from gateway.fhir.validate.profiles.context import context
from gateway.fhir.validate.profiles.definition import Node
from gateway.fhir.validate.profiles.given import STRUCTURE, Given
from gateway.fhir.validate.profiles.items import Item, items
from gateway.fhir.validate.profiles.reading import Elements, elements, tree
from gateway.fhir.validate.profiles.valuesets import ValueSets
from gateway.fhir.validate.profiles.within import extensions, resources

__all__ = ["Profiles", "Support"]

_DEEPEST = 32  # profiles of profiles


class Support(NamedTuple):
    """A must-support element of a profile and whether the resource has it. `element` is the id in the profile."""

    profile: str
    element: str
    present: bool


class Profiles:
    """Profiles by address, with the value sets and code systems they need.

    `definitions` are StructureDefinitions, ValueSets and CodeSystems; others are passed over. Raises Invalid for a
    profile that cannot be read. Nothing changes afterwards: one instance serves all threads. `terminology` knows the
    value sets and code systems, and those of R4.
    """

    def __init__(self, definitions: Iterable[Resource] = ()) -> None:
        self._all = given = [one for one in definitions if isinstance(one, dict)]
        self._definitions = {one["url"]: one for one in given if _is_profile(one)}
        self.terminology = base().extended(given)
        self._value_sets = ValueSets(self.terminology)
        self._trees = {url: self._tree(url, one) for url, one in self._definitions.items()}
        extending = ((url, one) for url, one in self._definitions.items() if one["type"] == "Extension")
        self._extensions = {url: context(one) for url, one in extending}

    def __len__(self) -> int:
        return len(self._trees)

    def __contains__(self, url: str) -> bool:
        return url.partition("|")[0] in self._trees

    def holds(self, url: str) -> bool:
        """Whether a resource can be validated against `url`, in the version that it names."""
        plain, _, version = url.partition("|")
        if plain.removeprefix(STRUCTURE) in r4.types():
            return True
        return plain in self._trees and version in ("", self._definitions[plain].get("version", ""))

    def extended(self, definitions: Iterable[Resource]) -> "Profiles":
        """With more of them, which go before those that are here."""
        return Profiles([*self._all, *definitions])

    def urls(self) -> list[str]:
        return sorted(self._trees)

    def findings(self, resource: Resource, claimed: Iterable[str] = ()) -> list[Finding]:
        """What `resource`, and each resource within, has against the profiles in its meta.profile; of the resource
        itself also those `claimed`. Paths begin below the resource. The base type is not checked here."""
        found: list[Finding] = []
        for path, one, root in resources(resource):
            for url in dict.fromkeys([*(claimed if one is resource else ()), *claims(one)]):
                found += self._against(url, path, one, root)
            if self._extensions:
                found += self._extended(path, one, root)
        return list(dict.fromkeys(found))

    def supported(self, resource: Resource, url: str) -> list[Support]:
        """The must-support elements of the profile `url` whose parents `resource` has; slices are not told apart."""
        root = self._trees.get(url.partition("|")[0])
        if root is None:
            return []
        return list(_supported(url, root, [Item("", resource["resourceType"], resource)]))

    def _against(self, url: str, path: str, resource: Resource, root: Resource) -> Iterator[Finding]:
        plain, _, version = url.partition("|")
        if plain.removeprefix(STRUCTURE) in r4.types():
            return
        node = self._trees.get(plain)
        if node is None:
            text = f"the profile {url} is not loaded, so nothing is said about it"
            yield Finding(f"{path}.meta.profile", "not-found", text, "information")
            return
        loaded = self._definitions[plain].get("version", "")
        if version and version != loaded:
            text = f"the profile {url} is loaded as version {loaded or 'unknown'}"
            yield Finding(f"{path}.meta.profile", "not-found", text, "information")
        if node.id != resource["resourceType"]:
            text = f"the profile {url} is for {node.id}, not for {resource['resourceType']}"
            yield Finding(path, "structure", text)
            return
        given = self._given(resource, root)
        yield from self._named(plain, checks.one(node, Item(path, node.id, resource), given))

    def _extended(self, path: str, resource: Resource, root: Resource) -> Iterator[Finding]:
        """Extensions answer to the profile with their address wherever they stand."""
        given = self._given(resource, root)
        for item, holder in extensions(Item(path, resource["resourceType"], resource)):
            url = item.value.get("url")
            if isinstance(url, str) and url in self._extensions:
                yield from self._named(url, checks.one(self._trees[url], item, given))
                place = self._extensions[url]
                if place and not place.allows(resource["resourceType"], item.path.removeprefix(path), holder):
                    text = f"the extension {url} is not defined for this element"
                    yield Finding(item.path, "extension", text, "warning")

    def _given(self, resource: Resource, root: Resource) -> Given:
        return Given(self._trees.get, self._value_sets.expand, checks.sound, resource, root)

    def _named(self, url: str, found: Iterable[Finding]) -> Iterator[Finding]:
        return (one._replace(text=f"{one.text} ({url})") for one in found)

    def _tree(self, url: str, definition: Resource) -> Node:
        try:
            return tree(definition["type"], self._elements(definition, 0))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Invalid(f"the profile {url} cannot be read: {type(error).__name__} {error}") from None

    def _elements(self, definition: Resource, depth: int) -> Elements:
        base = self._definitions.get(definition.get("baseDefinition", ""))
        needed = base is not None and not definition.get("snapshot") and depth < _DEEPEST
        return elements(definition, self._elements(base, depth + 1) if needed and base is not None else None)


def _is_profile(one: dict[str, Any]) -> bool:
    return (
        one.get("resourceType") == "StructureDefinition"
        and isinstance(one.get("url"), str)
        and one.get("derivation") == "constraint"
        and one.get("type") in r4.types()
    )


def claims(resource: Resource) -> list[str]:
    """The profiles in its meta.profile."""
    meta = resource.get("meta")
    named = meta.get("profile") if isinstance(meta, dict) else None
    return [url for url in named if isinstance(url, str)] if isinstance(named, list) else []


def _supported(profile: str, node: Node, owners: list[Item]) -> Iterator[Support]:
    for name, child in node.children.items():
        found = [item for owner in owners for item in items(owner, name)]
        if child.must_support:
            yield Support(profile, child.id, bool(found))
        if found:
            yield from _supported(profile, child, found)
