"""Find code systems and value sets by url, in layers.

The lowest layer is R4. Above it are the resources of packages, then those that users stored, then those of the request
itself. The uppermost layer that has a url answers; without a version, it answers with its latest one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Self

from gateway.errors import NotSupported
from gateway.fhir.terminology.canonical import join, rank, split
from gateway.fhir.terminology.codesystem import CodeSystem
from gateway.fhir.terminology.layers import Known, Layer, layer_of, of_version
from gateway.fhir.terminology.reading import Row
from gateway.fhir.terminology.valueset import Filter, ValueSet, ValueSetInclude

_IMPLICIT = "?fhir_vs"
_IS_A = "?fhir_vs=isa/"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Layers of code systems and value sets, the uppermost first."""

    layers: tuple[Layer, ...]

    def extended(self, resources: Iterable[Known], *, contained: bool = False) -> Self:
        """Return the same with a new uppermost layer of the CodeSystems and ValueSets among `resources`.

        With `contained`, they are contained in one resource, and `#id` is a url of each too. A malformed one raises
        BadRequest when it is needed.
        """
        return type(self)((layer_of(resources, contained=contained), *self.layers))

    def code_system(self, url: str, version: str | None = None) -> CodeSystem | None:
        """Return a code system, None if it or this version is unknown. Supplements are not code systems themselves."""
        for layer in self.layers:
            found = of_version([one for one in layer.systems(url) if one.content != "supplement"], version)
            if found is not None:
                return found
        return None

    def value_set(self, canonical: str) -> ValueSet | None:
        """Return a value set by `url` or `url|version`, also one that a code system implies. None if it is unknown."""
        url, version = split(canonical)
        for layer in self.layers:
            found = of_version(layer.sets(url), version)
            if found is not None:
                return found
        return None if version else self._implied(url)

    def _implied(self, url: str) -> ValueSet | None:
        """Return the value set that a code system names as that of all its codes, or that a `?fhir_vs` url describes.

        https://hl7.org/fhir/R4/snomedct.html#implicit, here for any code system
        """
        for layer in self.layers:
            if system := layer.of_all().get(url):
                return ValueSet(url, None, (ValueSetInclude(system),), resource=_described(url))
        system, found, code = url.partition(_IS_A)
        if found:
            known = self.code_system(system)
            if known is not None and known.closed and known.get(code) is None:
                return None
            return ValueSet(url, None, (_is_a(system, code),), resource=_described(url))
        if url.endswith(_IMPLICIT) and self.code_system(url.removesuffix(_IMPLICIT)):
            return ValueSet(url, None, (ValueSetInclude(url.removesuffix(_IMPLICIT)),), resource=_described(url))
        return None

    def needed(self, canonical: str) -> ValueSet:
        """Return a value set. Raises NotSupported if it is unknown."""
        found = self.value_set(canonical)
        if found is None:
            raise NotSupported(self.no_value_set(canonical))
        return found

    def no_value_set(self, canonical: str) -> str:
        """Say that a value set is not known, or name the versions that are."""
        url, version = split(canonical)
        versions = [value_set.version for layer in self.layers for value_set in layer.sets(url)]
        if version and not versions and self._implied(url) is not None:
            versions = [None]
        return _missing("value set", url, version, versions)

    def no_code_system(self, canonical: str) -> str:
        """Say that a code system is not known, or name the versions that are."""
        url, version = split(canonical)
        systems = [system for layer in self.layers for system in layer.systems(url) if system.content != "supplement"]
        return _missing("code system", url, version, [system.version for system in systems])


def _missing(kind: str, url: str, version: str | None, known_versions: Collection[str | None]) -> str:
    if not version or not known_versions:
        return f"the {kind} {join(url, version)[:500]} is not known here"
    names = ", ".join(sorted({known for known in known_versions if known}, key=rank))
    only = f"only in version {names}" if names else "only without a version"
    return f"the {kind} {join(url, version)[:500]} is not known here in this version, {only}"


def _is_a(system: str, code: str) -> ValueSetInclude:
    return ValueSetInclude(system, filters=(Filter("concept", "is-a", code),))


def _described(url: str) -> Row:
    return {"resourceType": "ValueSet", "url": url, "status": "active"}
