"""The records in files, one by one: resources as they stand, and those inside Bundles."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.fhir.fhir_json import Resource
from gateway.intake.files import find, resources


def records(paths: Iterable[Path]) -> Iterator[tuple[str, Resource]]:
    """(where it stands, resource) for all in files and folders; what cannot be read is passed over."""
    for path in find(paths):
        for read in resources(path):
            if read.resource is not None:
                yield from flat(read.label, read.resource)


def flat(label: str, resource: Resource) -> Iterator[tuple[str, Resource]]:
    """A resource, or those inside a Bundle."""
    if not isinstance(resource.get("resourceType"), str):
        return
    entries = resource.get("entry")
    if resource["resourceType"] != "Bundle" or not isinstance(entries, list):
        yield label, resource
        return
    for number, entry in enumerate(entries):
        inner = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(inner, dict):
            yield from flat(f"{label}#Bundle.entry[{number}]", inner)
