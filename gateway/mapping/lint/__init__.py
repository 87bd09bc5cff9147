"""`gateway map check`: everything that can be said of mapping files before any data is seen, in one run."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.mapping.definition.claims import conflicts
from gateway.mapping.definition.view_definition import ViewMapping
from gateway.mapping.lint import between_rules, checks, code_files
from gateway.mapping.lint.faults import sound
from gateway.mapping.lint.finding import Finding, Severity, fault
from gateway.mapping.lint.rule import rules
from gateway.mapping.mapping import Mapping
from gateway.mapping.mappings import content, counts, load_file
from gateway.mapping.source.yaml_source import parse

__all__ = ["Finding", "Severity", "lint"]


def lint(folder: Path) -> list[Finding]:
    """All findings of all mapping files of a folder, by file and line. Raises ConfigurationError for no folder."""
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: there is no such folder of mappings")
    files = sorted(file for file in folder.iterdir() if counts(file))
    found = [finding for file in files for finding in _file(file)]
    found += [fault(ConfigurationError(conflict)) for conflict in _conflicts(files)]
    return sorted(found, key=lambda finding: (finding.file, finding.line))


def _conflicts(files: list[Path]) -> Iterator[str]:
    """What is wrong between the files that load."""
    loaded: list[Mapping | ViewMapping] = []
    texts: dict[str, bytes] = {}
    for file in files:
        with suppress(ConfigurationError):
            texts[file.name] = content(file)
            one = load_file(file, texts[file.name], "")
            loaded += [one] if one else []
    yield from conflicts(loaded, texts)


def _file(file: Path) -> Iterator[Finding]:
    try:
        text = content(file)
        if file.suffix != ".yaml":
            load_file(file, text, "")  # a ViewDefinition; code maps are looked at with the fields they serve
            return
        root = parse(file, text)
    except ConfigurationError as error:
        yield fault(error)
        return
    right, wrong = sound(root)
    wrong = [*dict.fromkeys([*wrong, *code_files.faults(root)])]
    yield from wrong
    bad = {finding.field for finding in wrong}
    found = [rule for rule in rules(right) if rule.name not in bad] if right is not None else []
    for rule in found:
        yield from (finding for check in checks.CHECKS for finding in check(rule))
    for look in between_rules.CHECKS:
        yield from look(found)
