"""Read the code systems and value sets of R4 from JSON that tools/generate_terminology.py made, when they are used."""

import gzip
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec

Lines = Mapping[str, Sequence[bytes]]
"""Address -> the resources with this address, as JSON."""

_FILES = {"CodeSystem": "codesystems.ndjson.gz", "ValueSet": "valuesets.ndjson.gz"}
_URL = re.compile(rb'"url":"([^"]+)"')
_VERSION = re.compile(rb'"version":"([^"]+)"')
_ALL_CODES = re.compile(rb'"valueSet":"([^"|]+)')


@cache
def lines(type_: str) -> Lines:
    """Return the resources of a type by address. The first `url` in a line is that of the resource."""
    found: dict[str, list[bytes]] = {}
    for line in gzip.decompress(files(__package__).joinpath(_FILES[type_]).read_bytes()).split(b"\n"):
        url = _URL.search(line)
        assert url is not None
        found.setdefault(url[1].decode(), []).append(line)
    return found


def versions(type_: str) -> Mapping[str, str | None]:
    """Return address -> version, without reading the resources."""
    found = {url: _VERSION.search(many[-1].partition(b'"concept":')[0]) for url, many in lines(type_).items()}
    return {url: version[1].decode() if version else None for url, version in found.items()}


@cache
def bindings() -> Mapping[str, tuple[str, str]]:
    """Return path of an element -> strength (extensible, preferred) and value set of its binding."""
    data = gzip.decompress(files(__package__).joinpath("bindings.json.gz").read_bytes())
    table: Mapping[str, tuple[str, str]] = msgspec.json.decode(data, type=dict[str, tuple[str, str]])
    return table


@cache
def of_all_codes() -> Mapping[str, str]:
    """Return value set -> the code system that declares it as the set of all its codes."""
    found: dict[str, str] = {}
    for url, systems in lines("CodeSystem").items():
        for system in systems:
            head = system.partition(b'"concept":')[0]
            if said := _ALL_CODES.search(head):
                found[said[1].decode()] = url
    return found
