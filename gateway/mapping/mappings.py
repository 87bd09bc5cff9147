"""All mappings of a folder."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from gateway.errors import ConfigurationError, MethodNotAllowed, NotFound
from gateway.fhir.fhir_json import Resource
from gateway.mapping.definition import view_definition
from gateway.mapping.definition.claims import conflicts
from gateway.mapping.definition.load import load
from gateway.mapping.definition.view_definition import ViewMapping
from gateway.mapping.indexes import Index
from gateway.mapping.mapping import Mapping, Projection
from gateway.mapping.source.yaml_source import parse, shown
from gateway.mapping.stamp import reads_version, stamp
from gateway.mapping.trace import Reading, trace

Readers = tuple[Mapping | ViewMapping, ...]


@dataclass(frozen=True, slots=True)
class Mappings:
    """`by_type`: resource type -> its mapping, the one that can be written; `views` read what they like besides.

    `late`: the types whose documents depend on the version and time that the store gives a resource.
    """

    by_type: dict[str, Mapping]
    views: tuple[ViewMapping, ...] = ()
    late: frozenset[str] = frozenset()
    by_collection: dict[str, Mapping | ViewMapping] = field(init=False, repr=False, compare=False)
    _readers: dict[str, Readers] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        readers: dict[str, Readers] = defaultdict(tuple)
        every: Readers = (*self.by_type.values(), *self.views)
        for one in every:
            readers[one.resource] += (one,)
        object.__setattr__(self, "by_collection", {one.collection: one for one in every})
        object.__setattr__(self, "_readers", dict(readers))

    @classmethod
    def load(cls, folder: Path, before: Optional["Mappings"] = None) -> "Mappings":
        """Read and verify every `*.yaml` in `folder`, and every `*.json` that is a ViewDefinition. Raises
        ConfigurationError (`file:line: …`) at the first fault. What `before` has and is the same is taken from there.
        """
        texts = {file.name: content(file) for file in _files(folder) if counts(file)}
        beside = {name: text for name, text in texts.items() if not name.endswith(".yaml")}
        known = {(one.file, one.stamp): one for one in before.by_collection.values()} if before else {}
        found: list[Mapping | ViewMapping] = []
        late = set[str]()
        for name, text in texts.items():
            file, mark = folder / name, stamp(text, beside)
            one = known.get((shown(file), mark)) or load_file(file, text, mark)
            found += [one] if one else []
            late |= {one.resource} if one and reads_version(text) else set()
        for conflict in conflicts(found, texts):
            raise ConfigurationError(conflict)
        by_type = {one.resource: one for one in found if isinstance(one, Mapping)}
        return cls(by_type, tuple(one for one in found if isinstance(one, ViewMapping)), frozenset(late))

    def get(self, resource: Resource) -> tuple[Projection, ...]:
        """The internal documents of a resource, none for a type without a mapping. Never raises for its content."""
        made = [reader.get(resource) for reader in self._readers_of(resource)]
        return tuple([one for one in made if one is not None])

    def trace(self, resource: Resource) -> list[Reading]:
        """Which rule read what, in the order of the mapping; empty for a type without a mapping."""
        mapping = next(iter(self._readers_of(resource)), None)
        return list(trace(mapping, resource)) if isinstance(mapping, Mapping) else []

    def _readers_of(self, resource: Resource) -> Readers:
        type_ = resource.get("resourceType")
        return self._readers.get(type_, ()) if isinstance(type_, str) else ()

    def of(self, collection: str) -> Mapping | ViewMapping | None:
        """The mapping whose documents are in `collection`."""
        return self.by_collection.get(collection)

    def put(self, collection: str, document: dict[str, Any], original: Resource | None) -> Resource:
        """The resource of which the mapping of `collection` makes `document`; see Mapping.put.

        Raises NotFound for an unknown collection, MethodNotAllowed for that of a view, Invalid.
        """
        mapping = self.of(collection)
        if mapping is None:
            raise NotFound(f"there is no collection {collection}")
        if not isinstance(mapping, Mapping):
            raise MethodNotAllowed(f"{collection} is a view, which can only be read")
        return mapping.put(document, original)

    @property
    def indexes(self) -> dict[str, tuple[Index, ...]]:
        """collection -> the indexes its mapping asks for"""
        return {name: one.indexes for name, one in self.by_collection.items()}

    @property
    def collections(self) -> dict[str, str]:
        """collection -> resource type"""
        return {name: one.resource for name, one in self.by_collection.items()}

    @property
    def stamps(self) -> dict[str, str]:
        """collection -> the stamp of the documents its mapping makes"""
        return {name: one.stamp for name, one in self.by_collection.items()}


def counts(file: Path) -> bool:
    """Whether it is a file, and not what editors leave behind. A link that leads nowhere counts: its file is missed."""
    named = not file.name.startswith(".") and not file.name.endswith("~")
    return named and (file.is_file() or (file.is_symlink() and not file.exists()))


def content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{shown(file)}: cannot be read: {error.strerror}") from error


def _files(folder: Path) -> list[Path]:
    """Return what is in the folder, by name. Raises ConfigurationError if it is missing or cannot be read."""
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: there is no such folder of mappings (--mappings or GATEWAY_MAPPINGS)")
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise ConfigurationError(
            f"{folder}: the folder of mappings cannot be read (--mappings or GATEWAY_MAPPINGS): {error.strerror}"
        ) from error


def load_file(file: Path, text: bytes, mark: str) -> Mapping | ViewMapping | None:
    """None for a file that is no mapping, such as a code map. Raises ConfigurationError at the first fault."""
    if file.suffix == ".yml":
        raise ConfigurationError(f"{shown(file)}:1: the name of a mapping ends in .yaml")
    if file.suffix == ".yaml":
        return load(parse(file, text), mark)
    return view_definition.load(file, text, mark) if file.suffix == ".json" else None
