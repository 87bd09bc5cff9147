"""Files and folders -> resources, one at a time: JSON, NDJSON, either of them gzipped."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.errors import ConfigurationError, GatewayError
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource

SUFFIXES = (".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz")


@dataclass(frozen=True, slots=True)
class FileRead:
    """One JSON object of a file, or why there is none (or not yet).

    label: `file` or `file:line`.
    path: the file as the user named it.
    """

    label: str
    raw: bytes
    resource: Resource | None
    fault: str = ""
    path: str = ""

    @property
    def is_line(self) -> bool:
        """Return whether it is one of several objects in its file."""
        return self.label != self.path


def find(paths: Iterable[Path]) -> list[Path]:
    """The FHIR files among files and folders, in a stable order. A path that is not there is an error."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.is_file() and p.name.endswith(SUFFIXES))
        elif path.is_file():
            found.append(path)
        else:
            raise ConfigurationError(f"{path}: no such file or folder")
    return found


def by_folder(files: Iterable[Path]) -> list[list[Path]]:
    """The files of each folder together, in the order given: what lies together usually belongs together."""
    folders: dict[Path, list[Path]] = {}
    for file in files:
        folders.setdefault(file.parent, []).append(file)
    return list(folders.values())


def resources(path: Path) -> Iterator[FileRead]:
    """Everything in a file; what cannot be read is yielded with its fault, and does not stop the rest."""
    return map(parsed, texts(path))


def texts(path: Path) -> Iterator[FileRead]:
    """The same before it is parsed, which another process may do."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        yield FileRead(str(path), b"", None, str(error), str(path))
        return
    if path.name.removesuffix(".gz").endswith((".ndjson", ".jsonl")):
        for number, line in enumerate(data.split(b"\n"), 1):
            if line.strip():
                yield FileRead(f"{path}:{number}", line, None, path=str(path))
    else:
        yield FileRead(str(path), data, None, path=str(path))


def parsed(read: FileRead) -> FileRead:
    """Parse the content; a fault is noted in the result."""
    if read.fault:
        return read
    try:
        return replace(read, resource=fhir_json.parse(read.raw))
    except GatewayError as error:
        return replace(read, fault=error.text)
