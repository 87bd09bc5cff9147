"""Which mapping made a document: a digest of all that decides what it makes, kept in the document's `fhir.mapping`."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

import phonenumbers

ENGINE = 2
"""To be raised when the engine makes other documents of the same files: then all documents are made again."""

_OF_THE_STORE = re.compile(
    rb"\b(?:(?:lastUpdated|versionId|meta(?!\s*\.))\b|(?:children|descendants|repeat|repeatAll)\s*\()"
)


def stamp(text: bytes, beside: Mapping[str, bytes]) -> str:
    """Twelve hex digits over the text of a mapping and those files of `beside` whose name stands in it."""
    digest = sha256(_engine())
    for part in (text, *_named(text, beside)):
        digest.update(b"%d\0" % len(part) + part)
    return digest.hexdigest()[:12]


@cache
def _engine() -> bytes:
    """Its number, its tables of facts, and the release of the library that knows the telephone numbers of the world."""
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
    """Whether a mapping may read `meta.versionId` or `meta.lastUpdated`, which the store sets only when it writes. Told
    from the words of the file; to say yes without need costs time and nothing else."""
    return _OF_THE_STORE.search(text) is not None
