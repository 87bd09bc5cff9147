"""Check that a resource meets the profiles in its meta.profile (https://hl7.org/fhir/R4/profiling.html).

`registry` finds profiles, `reading` turns them into trees of `definition` nodes, and `checks` compares items with
nodes; `slices` and `types` are parts of that. Checked are types, cardinality, fixed values and patterns, slices,
bindings, limits and constraints. A missing must-support element is no fault of a resource: `Profiles.supported` says
which ones it has.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from gateway.errors import Invalid
from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.terminology import Terminology, base
from gateway.fhir.validate.findings import MOST, ValidationIssue, no_further
from gateway.fhir.validate.profiles import checks, core
from gateway.fhir.validate.profiles.context import context
from gateway.fhir.validate.profiles.definition import Node
from gateway.fhir.validate.profiles.given import Given
from gateway.fhir.validate.profiles.items import ProfiledItem, family, items
from gateway.fhir.validate.profiles.reading import Elements, over_base, snapshot_elements, tree
from gateway.fhir.validate.profiles.registry import Registry, core_type
from gateway.fhir.validate.profiles.valuesets import ValueSets
from gateway.fhir.validate.profiles.within import extensions, resources

__all__ = ["Profiles", "Support"]

_DEEPEST = 64
"""The most levels of profiles that derive from each other."""
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
_NOT_EVALUATED = frozenset({"not-found", "not-supported"})


class Support(NamedTuple):
    """A must-support element of a profile and whether the resource has it. `element` is the id in the profile."""

    profile: str
    element: str
    present: bool


class Profiles:
    """Profiles by canonical address, with the value sets and code systems that they need.

    definitions: StructureDefinitions, ValueSets and CodeSystems; others are skipped.
    lazy: whether an unreadable profile raises Invalid only when it is used, not at once.
    terminology: the value sets and code systems; by default those of R4 and of `definitions`.

    Later only caches change, so one instance serves all threads.
    """

    def __init__(
        self, definitions: Iterable[Resource] = (), *, lazy: bool = False, terminology: Terminology | None = None
    ) -> None:
        self._all = given = [one for one in definitions if isinstance(one, dict)]
        self._registry = Registry([*core.PROFILES, *given])
        self.terminology = base().extended(given) if terminology is None else terminology
        self._value_sets = ValueSets(self.terminology)
        self._trees: dict[int, Node] = {}
        if not lazy:
            for profile in self._registry:
                self._tree(profile)
        extending = ((url, profile) for url, profile in self._registry.latest() if profile["type"] == "Extension")
        self._extensions = {url: context(profile) for url, profile in extending}

    def __len__(self) -> int:
        return sum(1 for _ in self._registry) - len(core.PROFILES)

    def definition(self, canonical: str) -> Resource | None:
        """Return the profile that `canonical` means by the rules of `registry`, None if it is not known."""
        return self._registry.find(canonical)

    def incomplete(self) -> list[str]:
        """Say which profiles lack a base and can therefore be checked only in part. Raises Invalid for a profile that
        cannot be read."""
        gaps = (gap for profile in self._registry for gap in self._tree(profile).gaps)
        return list(dict.fromkeys(gap.text for gap in gaps if gap.code == "not-found"))

    def holds(self, canonical: str) -> bool:
        """Tell whether a resource can be validated against `canonical`, in the version that it names."""
        return core_type(canonical) is not None or self._registry.find(canonical) is not None

    def extended(self, definitions: Iterable[Resource]) -> "Profiles":
        """Return these profiles and more, which replace those of the same address and version."""
        more = list(definitions)
        return Profiles([*self._all, *more], lazy=True, terminology=self.terminology.extended(more))

    def findings(self, resource: Resource, claimed: Iterable[str] = ()) -> list[ValidationIssue]:
        """Check a resource, and each resource in it, against the profiles in its meta.profile.

        The resource itself is also checked against the profiles `claimed`. Paths begin below the resource. The base
        type is not checked here. Raises Invalid for an unreadable profile.
        """
        nominated = tuple(dict.fromkeys(claimed))
        of_each = (
            _once(self._of_one(path, one, root, nominated if one is resource else ()))
            for path, one, root in resources(resource)
        )
        first = list(islice(chain(self.unknown(nominated), chain.from_iterable(of_each)), MOST + 1))
        return [*first[:MOST], no_further("")] if len(first) > MOST else first

    def _of_one(
        self, path: str, resource: Resource, root: Resource, claimed: Sequence[str]
    ) -> Iterator[ValidationIssue]:
        nominated = [url for url in claimed if self.holds(url)]
        for url in nominated:
            yield from self._against(url, path, resource, root, nominated=True)
        for url in dict.fromkeys(claims(resource)):
            if url not in nominated:
                yield from self._against(url, path, resource, root, nominated=False)
        if self._extensions:
            yield from self._extended(path, resource, root)

    def unknown(self, claimed: Iterable[str]) -> Iterator[ValidationIssue]:
        """Report each claimed profile that is not known. "If a profile is nominated, and the server cannot validate
        against the nominated profile, it SHALL return an error":
        https://hl7.org/fhir/R4/resource-operation-validate.html"""
        for url in claimed:
            if not self.holds(url):
                text = f"{self._registry.why_missing(url)}: the resource cannot be validated against it"
                yield ValidationIssue("", "not-found", text)

    def supported(self, resource: Resource, url: str) -> list[Support]:
        """Return the must-support elements of the profile `url` whose parents `resource` has; slices are not
        distinguished.
        """
        root = self._root_of(url)
        if root is None:
            return []
        return list(_supported(url.partition("|")[0], root, [ProfiledItem("", resource["resourceType"], resource)]))

    def _against(
        self, url: str, path: str, resource: Resource, root: Resource, *, nominated: bool
    ) -> Iterator[ValidationIssue]:
        type_, core_name = resource["resourceType"], core_type(url)
        node = self._root_of(url) if core_name is None else None
        if core_name is None and node is None:
            text = f"{self._registry.why_missing(url)}: the resource is not checked against it"
            yield ValidationIssue(f"{path}.meta.profile", "not-found", text, "information")
            return
        profiled_type = core_name or (node.id if node is not None else "")
        if profiled_type not in family(type_):
            yield ValidationIssue(path, "structure", f"the profile {url} is for {profiled_type}, not for {type_}")
        elif node is not None:
            found = checks.one(node, ProfiledItem(path, type_, resource), self._given(resource, root))
            yield from self._named(url, map(_as_error, found) if nominated else found)

    def _extended(self, path: str, resource: Resource, root: Resource) -> Iterator[ValidationIssue]:
        """Check extensions against the profile with their address, wherever they stand."""
        given = self._given(resource, root)
        for item, holder in extensions(ProfiledItem(path, resource["resourceType"], resource)):
            url = item.value.get("url")
            if isinstance(url, str) and url in self._extensions:
                definition = self._root_of(url)
                if definition is not None:
                    yield from self._named(url, checks.one(definition, item, given))
                place = self._extensions[url]
                if place and not place.allows(resource["resourceType"], item.path.removeprefix(path), holder):
                    text = f"the extension {url} is not defined for this element"
                    yield ValidationIssue(item.path, "extension", text, "warning")

    def _given(self, resource: Resource, root: Resource) -> Given:
        return Given(
            self._root_of,
            self._registry.why_missing,
            self._value_sets.judge,
            checks.sound,
            self._extensions,
            resource,
            root,
        )

    def _named(self, url: str, found: Iterable[ValidationIssue]) -> Iterator[ValidationIssue]:
        return (one._replace(text=f"{one.text} ({url})") for one in found)

    def _root_of(self, canonical: str) -> Node | None:
        definition = self._registry.find(canonical)
        return self._tree(definition) if definition is not None else None

    def _tree(self, definition: Resource) -> Node:
        """Return the tree of a profile, read at its first use. The registry keeps all definitions alive, so their
        Python ids can be keys."""
        if (cached := self._trees.get(id(definition))) is not None:
            return cached
        try:
            root = tree(definition["type"], *self._elements(definition, ()))
        except _UNREADABLE as error:
            url = definition["url"]
            raise Invalid(f"the profile {url} cannot be read: {type(error).__name__} {error}") from None
        self._trees[id(definition)] = root
        return root

    def _elements(self, definition: Resource, above: tuple[int, ...]) -> tuple[Elements, list[str]]:
        """Return the elements of a profile and what is wrong with its bases. `above`: the profiles that derive from
        it."""
        if (complete := snapshot_elements(definition)) is not None:
            return complete, []
        canonical = definition.get("baseDefinition", "")
        base_, fault = self._registry.find(canonical), self._fault(definition, canonical, above)
        if base_ is None or fault:
            return over_base(definition, {}), [fault] if fault else []
        elements, missing = self._elements(base_, (*above, id(definition)))
        return over_base(definition, elements), missing

    def _fault(self, definition: Resource, canonical: str, above: tuple[int, ...]) -> str:
        """Say why the base of a profile cannot be used; "" if it can."""
        url, type_ = definition["url"], definition["type"]
        if not canonical:
            return f"the profile {url} names no base, so that only its own rules are checked"
        if (core_name := core_type(canonical)) is not None:
            return "" if core_name in family(type_) else f"the base {canonical} of the profile {url} is not for {type_}"
        base_ = self._registry.find(canonical)
        if base_ is None:
            why = self._registry.why_missing(canonical)
            return f"the base of the profile {url} is missing, so that only a part is checked: {why}"
        if id(base_) in (*above, id(definition)):
            return f"the profile {url} derives from itself, by way of {canonical}"
        if len(above) > _DEEPEST:
            return f"the profile {url} derives from more than {_DEEPEST} others; those beyond are left out"
        return "" if base_["type"] in family(type_) else f"the base {canonical} of the profile {url} is not for {type_}"


def _as_error(finding: ValidationIssue) -> ValidationIssue:
    """Make an error of the finding that a nominated profile lacks a base: nothing can be validated against it."""
    return finding._replace(severity="error") if finding.code == "not-found" and not finding.path else finding


def _once(found: Iterable[ValidationIssue]) -> Iterator[ValidationIssue]:
    """Yield each finding of a resource once, and each thing that is not evaluated only at the first element it
    concerns."""
    seen = set()
    for finding in found:
        key = ("", finding.text) if finding.code in _NOT_EVALUATED else (finding.path, finding.text)
        if key not in seen:
            seen.add(key)
            yield finding


def claims(resource: Resource) -> list[str]:
    """Return the profiles in its meta.profile."""
    meta = resource.get("meta")
    named = meta.get("profile") if isinstance(meta, dict) else None
    return [url for url in named if isinstance(url, str)] if isinstance(named, list) else []


def claims_within(resource: Resource) -> set[str]:
    """Return the profiles that a resource and the resources within it name; the resource need not be valid."""
    type_ = resource.get("resourceType")
    if not isinstance(type_, str) or type_ not in r4.resource_types():
        return set()
    return {url for _, one, _ in resources(resource) for url in claims(one)}


def _supported(profile: str, node: Node, owners: list[ProfiledItem]) -> Iterator[Support]:
    for name, child in node.children.items():
        found = [item for owner in owners for item in items(owner, name)]
        if child.must_support:
            yield Support(profile, child.id, bool(found))
        if found:
            yield from _supported(profile, child, found)
