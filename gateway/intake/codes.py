"""FHIR files -> examples of coded observations, wherever in a file they are: in Bundles, in contained resources."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gateway.codes.corpus import Corpus
from gateway.codes.sightings import from_resource
from gateway.intake import files


def corpus(paths: Sequence[Path], progress: Callable[[int], None]) -> Corpus:
    """Files that cannot be read are passed over. What lies in one folder below a path counts as one source."""
    found = Corpus()
    for path in paths:
        for file in files.find([path]):
            source = file.relative_to(path).parts[0] if path.is_dir() and file.parent != path else file.parent.name
            for read in files.resources(file):
                for observation in _observations(read.resource):
                    found.add(from_resource(observation), source)
            progress(1)
    return found


def _observations(value: Any) -> Iterator[dict[str, Any]]:
    """At any depth; the depth is bounded by the parser."""
    if isinstance(value, list):
        for each in value:
            yield from _observations(each)
    elif isinstance(value, dict):
        if value.get("resourceType") == "Observation":
            yield value
        for each in value.values():
            if isinstance(each, dict | list):
                yield from _observations(each)
