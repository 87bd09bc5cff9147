"""The code systems and value sets of R4 as JSON text, which is parsed when it is needed.

The files beside this module are made by tools/generate_terminology.py.
"""

import gzip
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec

Lines = Mapping[str, Sequence[bytes]]
"""Url -> the resources with this url, as JSON."""

_FILES = {"CodeSystem": "codesystems.ndjson.gz", "ValueSet": "valuesets.ndjson.gz"}
_URL = re.compile(rb'"url":"([^"]+)"')
_VERSION = re.compile(rb'"version":"([^"]+)"')
_ALL_CODES = re.compile(rb'"valueSet":"([^"|]+)')


@cache
def lines(type_: str) -> Lines:
    """Return all resources of a type by url. The first `url` in a line is that of the resource."""
    by_url: dict[str, list[bytes]] = {}
    for line in gzip.decompress(files(__package__).joinpath(_FILES[type_]).read_bytes()).split(b"\n"):
        url = _URL.search(line)
        assert url is not None
        by_url.setdefault(url[1].decode(), []).append(line)
    return by_url


def versions(type_: str) -> Mapping[str, str | None]:
    """Return url -> version of the last resource with this url, without parsing it."""
    matches = {url: _VERSION.search(texts[-1].partition(b'"concept":')[0]) for url, texts in lines(type_).items()}
    return {url: version[1].decode() if version else None for url, version in matches.items()}


@cache
def bindings() -> Mapping[str, tuple[str, str]]:
    """Return path of an element -> strength (extensible or preferred) and value set of its binding."""
    data = gzip.decompress(files(__package__).joinpath("bindings.json.gz").read_bytes())
    table: Mapping[str, tuple[str, str]] = msgspec.json.decode(data, type=dict[str, tuple[str, str]])
    return table


@cache
def of_all_codes() -> Mapping[str, str]:
    """Return value set -> code system, for each code system that names the value set of all its codes."""
    by_value_set: dict[str, str] = {}
    for url, systems in lines("CodeSystem").items():
        for system in systems:
            head = system.partition(b'"concept":')[0]
            if value_set := _ALL_CODES.search(head):
                by_value_set[value_set[1].decode()] = url
    return by_value_set
