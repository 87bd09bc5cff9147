"""Find profiles by canonical address. This is the one place that says what `url` and `url|version` mean:

- `url|version` means that version and no other; a definition without a version does not match.
- `url` means the latest version.
- A type of R4 itself is known as version 4.0.1.

https://hl7.org/fhir/R4/references.html#canonical
"""

from collections.abc import Iterable, Iterator
from typing import Any

from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.terminology.canonical import rank, split

STRUCTURE = "http://hl7.org/fhir/StructureDefinition/"
_R4_VERSIONS = (None, "4.0", "4.0.0", "4.0.1")


def core_type(canonical: str) -> str | None:
    """Return the type of R4 that `canonical` names, None for any other address or version."""
    url, version = split(canonical)
    name = url.removeprefix(STRUCTURE)
    return name if url != name and name in r4.types() and version in _R4_VERSIONS else None


class Registry:
    """The profiles among some definitions, each in all its versions; of two with the same version the later one."""

    def __init__(self, definitions: Iterable[Any]) -> None:
        self._profiles: dict[str, dict[str | None, Resource]] = {}
        self._others: set[str] = set()
        for definition in definitions:
            if not isinstance(definition, dict) or definition.get("resourceType") != "StructureDefinition":
                continue
            if not isinstance(url := definition.get("url"), str):
                continue
            if _is_profile(definition):
                self._profiles.setdefault(url, {})[_version(definition)] = definition
            else:
                self._others.add(url)

    def __iter__(self) -> Iterator[Resource]:
        """Yield all versions of all profiles."""
        return (profile for versions in self._profiles.values() for profile in versions.values())

    def latest(self) -> Iterator[tuple[str, Resource]]:
        """Yield each address with the latest version of its profile."""
        return ((url, versions[max(versions, key=rank)]) for url, versions in self._profiles.items())

    def find(self, canonical: str) -> Resource | None:
        """Return the profile that `canonical` means, None if it, or that version of it, is not known."""
        url, version = split(canonical)
        versions = self._profiles.get(url)
        if not versions:
            return None
        return versions[max(versions, key=rank)] if version is None else versions.get(version)

    def why_missing(self, canonical: str) -> str:
        """Say why `find` returns nothing for `canonical`."""
        url, version = split(canonical)
        if url in self._profiles:
            versions = ", ".join(sorted((known for known in self._profiles[url] if known), key=rank))
            only = f"only in version {versions}" if versions else "only without a version"
            return f"the profile {canonical} is not known here in this version, {only}"
        if url in self._others:
            return f"{canonical} is known here, but is no constraint on a type of R4"
        if version and core_type(url):
            return f"{canonical} is not known here: the types of FHIR are known in version 4.0.1 only"
        return f"the profile {canonical} is not known here"


def _is_profile(definition: Resource) -> bool:
    type_, derivation = definition.get("type"), definition.get("derivation", "constraint")
    return derivation == "constraint" and isinstance(type_, str) and type_ in r4.types()


def _version(definition: Resource) -> str | None:
    version = definition.get("version")
    return version if isinstance(version, str) and version else None
