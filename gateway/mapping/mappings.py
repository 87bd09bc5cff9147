"""Load all mappings of a folder, and map resources to documents and back with them."""

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
from gateway.mapping.source.file_fault import FileFault, shown
from gateway.mapping.source.yaml_source import parse
from gateway.mapping.stamp import reads_version, stamp
from gateway.mapping.trace import Reading, trace

Readers = tuple[Mapping | ViewMapping, ...]


@dataclass(frozen=True, slots=True)
class Mappings:
    """All mappings of a folder.

    by_type: resource type -> its mapping. A type has at most one, which can be written.
    views: the ViewDefinitions, which can only be read; a type may have any number.
    late: the types whose documents depend on the version and time that the store gives a resource.
    by_collection: collection -> the mapping or view whose documents it has.
    """

    by_type: dict[str, Mapping]
    views: tuple[ViewMapping, ...] = ()
    late: frozenset[str] = frozenset()
    by_collection: dict[str, Mapping | ViewMapping] = field(init=False, repr=False, compare=False)
    _readers: dict[str, Readers] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        readers: dict[str, Readers] = defaultdict(tuple)
        mappings: Readers = (*self.by_type.values(), *self.views)
        for mapping in mappings:
            readers[mapping.resource] += (mapping,)
        object.__setattr__(self, "by_collection", {mapping.collection: mapping for mapping in mappings})
        object.__setattr__(self, "_readers", dict(readers))

    @classmethod
    def load(cls, folder: Path, before: Optional["Mappings"] = None) -> "Mappings":
        """Load and verify every `*.yaml` in `folder`, and every `*.json` that is a ViewDefinition.

        Mappings of `before` whose files have not changed are used again. Raises ConfigurationError (`file:line: …`) for
        the first fault.
        """
        texts = {file.name: content(file) for file in _files(folder) if is_mapping_file(file)}
        beside = {name: text for name, text in texts.items() if not name.endswith(".yaml")}
        loaded = {(old.file, old.stamp): old for old in before.by_collection.values()} if before else {}
        mappings: list[Mapping | ViewMapping] = []
        late = set[str]()
        for name, text in texts.items():
            file, mark = folder / name, stamp(text, beside)
            mapping = loaded.get((shown(file), mark)) or load_file(file, text, mark)
            mappings += [mapping] if mapping else []
            late |= {mapping.resource} if mapping and reads_version(text) else set()
        for conflict in conflicts(mappings, texts):
            raise conflict
        by_type = {mapping.resource: mapping for mapping in mappings if isinstance(mapping, Mapping)}
        views = tuple(mapping for mapping in mappings if isinstance(mapping, ViewMapping))
        return cls(by_type, views, frozenset(late))

    def get(self, resource: Resource) -> tuple[Projection, ...]:
        """Return the internal documents of a resource, () for a type without a mapping.

        Never raises for its content.
        """
        projections = [reader.get(resource) for reader in self._readers_of(resource)]
        return tuple([projection for projection in projections if projection is not None])

    def trace(self, resource: Resource) -> list[Reading]:
        """Return what each field read, in the order of the mapping; empty for a type without a mapping."""
        mapping = next(iter(self._readers_of(resource)), None)
        return list(trace(mapping, resource)) if isinstance(mapping, Mapping) else []

    def _readers_of(self, resource: Resource) -> Readers:
        type_ = resource.get("resourceType")
        return self._readers.get(type_, ()) if isinstance(type_, str) else ()

    def of(self, collection: str) -> Mapping | ViewMapping | None:
        """Return the mapping whose documents are in `collection`, None if there is none."""
        return self.by_collection.get(collection)

    def put(self, collection: str, document: dict[str, Any], original: Resource | None) -> Resource:
        """Return the resource that the mapping of `collection` reads as `document`; see Mapping.put.

        Raises NotFound for an unknown collection, MethodNotAllowed for the collection of a view, and Invalid for what
        cannot be written.
        """
        mapping = self.of(collection)
        if mapping is None:
            raise NotFound(f"there is no collection {collection}")
        if not isinstance(mapping, Mapping):
            raise MethodNotAllowed(f"{collection} is a view, which can only be read")
        return mapping.put(document, original)

    @property
    def indexes(self) -> dict[str, tuple[Index, ...]]:
        """Return collection -> the indexes that its mapping asks for."""
        return {name: mapping.indexes for name, mapping in self.by_collection.items()}

    @property
    def collections(self) -> dict[str, str]:
        """Return collection -> resource type."""
        return {name: mapping.resource for name, mapping in self.by_collection.items()}

    @property
    def stamps(self) -> dict[str, str]:
        """Return collection -> the stamp of the documents that its mapping makes."""
        return {name: mapping.stamp for name, mapping in self.by_collection.items()}


def is_mapping_file(file: Path) -> bool:
    """Return whether a path is a file to load, and not a hidden or backup file of an editor.

    A broken link counts as a file, so that loading it reports that its target is missing.
    """
    named = not file.name.startswith(".") and not file.name.endswith("~")
    return named and (file.is_file() or (file.is_symlink() and not file.exists()))


def content(file: Path) -> bytes:
    """Return the bytes of a file. Raises ConfigurationError if it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise FileFault(file, 0, f"cannot be read: {error.strerror}") from error


def _files(folder: Path) -> list[Path]:
    """Return the entries of the folder, by name. Raises ConfigurationError if it is missing or cannot be read."""
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: there is no such folder of mappings: set --mappings or GATEWAY_MAPPINGS")
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise ConfigurationError(
            f"{folder}: the folder of mappings (--mappings or GATEWAY_MAPPINGS) cannot be read: {error.strerror}"
        ) from error


def load_file(file: Path, text: bytes, mark: str) -> Mapping | ViewMapping | None:
    """Load one file, None if it is not a mapping but, for example, a code map. `mark` is its stamp.

    Raises ConfigurationError for the first fault.
    """
    if file.suffix == ".yml":
        raise FileFault(file, 1, "the name of a mapping must end in .yaml: rename the file")
    if file.suffix == ".yaml":
        return load(parse(file, text), mark)
    return view_definition.load(file, text, mark) if file.suffix == ".json" else None
