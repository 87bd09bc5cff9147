"""Find all faults of the files that fields name as their code maps, even if the fields have faults of their own."""

from collections.abc import Iterator

import yaml

from gateway.mapping.codemaps import code_map
from gateway.mapping.lint.finding import LintFinding
from gateway.mapping.source.file_fault import FileFault, shown
from gateway.mapping.source.yaml_source import Source

_DEEPEST = 12


def faults(root: Source) -> Iterator[LintFinding]:
    """Yield every fault of every code map that a field of the mapping names."""
    for name, source in _named(root, "", 0):
        try:
            found = code_map.rows(source)
        except FileFault:  # the file cannot be opened: loading the field reports that
            continue
        for line, text in found.faults:
            yield LintFinding(shown(code_map.beside(source)), line, name, "error", text)


def _named(source: Source, name: str, depth: int) -> Iterator[tuple[str, Source]]:
    """Yield (field, value of its `codes`) for each field whose `codes` is the name of a file."""
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
