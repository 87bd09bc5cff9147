"""Compute the stamp of a mapping: a digest of everything that decides which documents it makes.

A document keeps the stamp of its mapping in `fhir.mapping`, so that documents of an older mapping can be found.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

import phonenumbers

ENGINE = 2
"""The version of the engine. Raise it when the engine makes other documents from the same mapping files: then all
documents are made again."""

_SET_BY_STORE = re.compile(
    rb"\b(?:(?:lastUpdated|versionId|meta(?!\s*\.))\b|(?:children|descendants|repeat|repeatAll)\s*\()"
)


def stamp(text: bytes, beside: Mapping[str, bytes]) -> str:
    """Return twelve hex digits: the digest of a mapping and of the files that it names; `beside`: name -> content."""
    digest = sha256(_engine())
    for part in (text, *_named(text, beside)):
        digest.update(b"%d\0" % len(part) + part)
    return digest.hexdigest()[:12]


@cache
def _engine() -> bytes:
    """Return the digest of what all mappings share: the version of the engine, the tables of facts, and
    phonenumbers."""
    digest = sha256(f"{ENGINE} {phonenumbers.__version__}".encode())
    tables = (file for file in files("gateway.mapping.quality").iterdir() if file.name.endswith(".csv"))
    for file in sorted(tables, key=lambda file: file.name):
        digest.update(file.read_bytes())
    return digest.digest()


def _named(text: bytes, beside: Mapping[str, bytes]) -> Iterable[bytes]:
    for name in sorted(beside):
        if name.encode() in text:
            yield from (name.encode(), beside[name])


def reads_version(text: bytes) -> bool:
    """Return whether a mapping may read `meta.versionId` or `meta.lastUpdated`, which the store sets when it writes.

    This looks only at the words of the file. A wrong yes costs time and nothing else.
    """
    return _SET_BY_STORE.search(text) is not None
