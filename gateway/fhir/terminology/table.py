"""The code systems and value sets of R4, distilled by tools/generate_terminology.py: JSON, read when asked for."""

import gzip
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec

Lines = Mapping[str, Sequence[bytes]]
"""Address -> the resources that have it, as JSON."""

_FILES = {"CodeSystem": "codesystems.ndjson.gz", "ValueSet": "valuesets.ndjson.gz"}
_URL = re.compile(rb'"url":"([^"]+)"')
_VERSION = re.compile(rb'"version":"([^"]+)"')
_ALL_CODES = re.compile(rb'"valueSet":"([^"|]+)')


@cache
def lines(type_: str) -> Lines:
    """By address; of a value set or code system the first `url` in a line is its own."""
    found: dict[str, list[bytes]] = {}
    for line in gzip.decompress(files(__package__).joinpath(_FILES[type_]).read_bytes()).split(b"\n"):
        url = _URL.search(line)
        assert url is not None
        found.setdefault(url[1].decode(), []).append(line)
    return found


def versions(type_: str) -> Mapping[str, str | None]:
    """Address -> version, without reading what has it."""
    found = {url: _VERSION.search(many[-1].partition(b'"concept":')[0]) for url, many in lines(type_).items()}
    return {url: version[1].decode() if version else None for url, version in found.items()}


@cache
def bindings() -> Mapping[str, tuple[str, str]]:
    """Element, by path -> strength (extensible, preferred) and value set of its binding."""
    data = gzip.decompress(files(__package__).joinpath("bindings.json.gz").read_bytes())
    table: Mapping[str, tuple[str, str]] = msgspec.json.decode(data, type=dict[str, tuple[str, str]])
    return table


@cache
def of_all_codes() -> Mapping[str, str]:
    """Value set -> the code system that says it is the value set of all its codes."""
    found: dict[str, str] = {}
    for url, systems in lines("CodeSystem").items():
        for system in systems:
            head = system.partition(b'"concept":')[0]
            if said := _ALL_CODES.search(head):
                found[said[1].decode()] = url
    return found
