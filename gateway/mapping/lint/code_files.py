"""The faults of the files that fields name as their code maps, whatever else is wrong with the fields."""

from collections.abc import Iterator

import yaml

from gateway.errors import ConfigurationError
from gateway.mapping.codemaps import code_map
from gateway.mapping.lint.finding import Finding
from gateway.mapping.source.yaml_source import Source, shown

_DEEPEST = 12


def faults(root: Source) -> Iterator[Finding]:
    """Every fault of every code map that a field of the file names."""
    for name, source in _named(root, "", 0):
        try:
            found = code_map.rows(source)
        except ConfigurationError:  # not there: told of the field itself
            continue
        for line, text in found.faults:
            yield Finding(shown(code_map.beside(source)), line, name, "error", text)


def _named(source: Source, name: str, depth: int) -> Iterator[tuple[str, Source]]:
    """(field, what stands after its `codes`) where that is the name of a file."""
    if not isinstance(source.node, yaml.MappingNode) or depth > _DEEPEST:
        return
    for key, value in source.node.value:
        below = Source(source.file, value)
        if key.value == "codes" and name and isinstance(value, yaml.ScalarNode):
            yield name, below
        if key.value == "fields" and isinstance(value, yaml.MappingNode):
            for field, words in value.value:
                prefix = f"{name}." if name else ""
                yield from _named(Source(source.file, words), f"{prefix}{field.value}", depth + 1)
