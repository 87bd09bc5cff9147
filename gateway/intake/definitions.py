"""The profiles of this gateway: packages and files of definitions, kept under the data folder as one file each.

A FHIR NPM package (https://hl7.org/fhir/packages.html) is a gzipped tar with its definitions under `package/`. Of all
it holds, what the validator can use is kept: profiles, value sets and code systems.
"""

import gzip
import os
import re
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gateway.errors import BadRequest, ConfigurationError, GatewayError, NotFound
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import Profiles

_KEPT = frozenset({"StructureDefinition", "ValueSet", "CodeSystem"})
_SUFFIX = ".ndjson.gz"
_PACKED = (".tgz", ".tar.gz")
_OF_PACKAGE = re.compile(r"package/[^/]+\.json")
_FULL = 64 * 1024 * 1024  # no definition is larger


class Package(NamedTuple):
    """`counts`: resource type -> how many."""

    name: str
    counts: Counter[str]


def folder(data_dir: Path) -> Path:
    """Return the folder of imported packages."""
    return data_dir / "profiles"


def load(data_dir: Path) -> Profiles:
    """All that was added. Raises ConfigurationError for a file that was spoilt since."""
    return Profiles(one for path in _files(data_dir) for one in _stored(path))


def listed(data_dir: Path) -> list[Package]:
    """List the imported packages with their counts."""
    return [Package(_name(path), _counted(_stored(path))) for path in _files(data_dir)]


def add(data_dir: Path, file: Path) -> Package:
    """Reads a package or a JSON file (a definition or a Bundle of them) and keeps it, in place of one of its name.

    Raises BadRequest for what holds no R4 definitions, and what `Profiles` raises for a profile that cannot be read.
    """
    try:
        name, definitions = _package(file) if file.name.endswith(_PACKED) else (_stem(file), _file(file))
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise BadRequest(f"{file}: {error}") from None
    if not definitions:
        raise BadRequest(f"{file}: no StructureDefinition, ValueSet or CodeSystem in it")
    Profiles(definitions)
    _keep(folder(data_dir) / f"{re.sub(r'[^A-Za-z0-9._#-]', '-', name)}{_SUFFIX}", definitions)
    return Package(name, _counted(definitions))


def remove(data_dir: Path, name: str) -> None:
    """Raises NotFound when nothing of that name was added."""
    path = next((path for path in _files(data_dir) if _name(path) == name), None)
    if path is None:
        raise NotFound(f"there are no profiles of the name {name}")
    path.unlink()


def _package(file: Path) -> tuple[str, list[Resource]]:
    with tarfile.open(file, "r:gz") as packed:
        read = dict(_members(packed))
    manifest = read.pop("package/package.json", {})
    versions = manifest.get("fhirVersions") or manifest.get("fhir-version-list") or ["4.0.1"]
    if not any(str(version).startswith("4.0") for version in versions):
        raise BadRequest(f"{file}: the package is for FHIR {', '.join(map(str, versions))}, not for R4")
    name = f"{manifest['name']}#{manifest.get('version', '')}" if "name" in manifest else _stem(file)
    return name, [one for one in read.values() if one.get("resourceType") in _KEPT]


def _members(packed: tarfile.TarFile) -> Iterator[tuple[str, dict[str, Any]]]:
    for member in packed:
        if member.isfile() and _OF_PACKAGE.fullmatch(member.name) and member.size <= _FULL:
            opened = packed.extractfile(member)
            if opened is not None:
                yield member.name, _parsed(opened.read(), member.name)


def _file(file: Path) -> list[Resource]:
    data = file.read_bytes()
    resource = _parsed(gzip.decompress(data) if file.suffix == ".gz" else data, str(file))
    entries = resource.get("entry", ()) if resource.get("resourceType") == "Bundle" else ()
    found = [resource, *(entry.get("resource") for entry in entries if isinstance(entry, dict))]
    return [one for one in found if isinstance(one, dict) and one.get("resourceType") in _KEPT]


def _parsed(data: bytes, label: str) -> Resource:
    try:
        return fhir_json.parse(data, max_depth=200)
    except GatewayError as error:
        raise BadRequest(f"{label}: {error.text}") from None


def _keep(path: Path, definitions: Iterable[Resource]) -> None:
    """Complete or not at all: another process may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(gzip.compress(b"\n".join(map(fhir_json.dump, definitions))))
    unfinished.replace(path)


def _files(data_dir: Path) -> list[Path]:
    return sorted(path for path in folder(data_dir).glob(f"*{_SUFFIX}") if not path.name.startswith("."))


def _stored(path: Path) -> list[Resource]:
    try:
        return [fhir_json.parse(line, max_depth=200) for line in gzip.decompress(path.read_bytes()).split(b"\n")]
    except (OSError, EOFError, zlib.error, GatewayError) as error:
        raise ConfigurationError(f"{path}: cannot be read ({error}); remove it and add the profiles again") from None


def _counted(definitions: Iterable[Resource]) -> Counter[str]:
    return Counter(str(one["resourceType"]) for one in definitions)


def _name(path: Path) -> str:
    return path.name.removesuffix(_SUFFIX)


def _stem(file: Path) -> str:
    return file.name.partition(".")[0]
