"""Check mapping files without any data: `gateway map check` shows all faults and doubts in one run."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.mapping.definition.claims import conflicts
from gateway.mapping.definition.view_definition import ViewMapping
from gateway.mapping.lint import between_rules, checks, code_files
from gateway.mapping.lint.faults import without_faults
from gateway.mapping.lint.finding import LintFinding, Severity, fault
from gateway.mapping.lint.rule import rules
from gateway.mapping.mapping import Mapping
from gateway.mapping.mappings import content, is_mapping_file, load_file
from gateway.mapping.source.file_fault import FileFault
from gateway.mapping.source.yaml_source import parse

__all__ = ["LintFinding", "Severity", "lint"]


def lint(folder: Path) -> list[LintFinding]:
    """Return all findings in the mapping files of a folder, by file and line.

    Raises ConfigurationError if there is no such folder.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: there is no such folder of mappings")
    files = sorted(file for file in folder.iterdir() if is_mapping_file(file))
    findings = [finding for file in files for finding in _file(file)]
    findings += [fault(conflict) for conflict in _conflicts(files)]
    return sorted(findings, key=lambda finding: (finding.file, finding.line))


def _conflicts(files: list[Path]) -> Iterator[FileFault]:
    """Yield the conflicts between the files that load."""
    loaded: list[Mapping | ViewMapping] = []
    texts: dict[str, bytes] = {}
    for file in files:
        with suppress(FileFault):
            texts[file.name] = content(file)
            mapping = load_file(file, texts[file.name], "")
            loaded += [mapping] if mapping else []
    yield from conflicts(loaded, texts)


def _file(file: Path) -> Iterator[LintFinding]:
    try:
        text = content(file)
        if file.suffix != ".yaml":
            load_file(file, text, "")  # a ViewDefinition; code maps are checked with the fields that use them
            return
        root = parse(file, text)
    except FileFault as error:
        yield fault(error)
        return
    sound, errors = without_faults(root)
    errors = [*dict.fromkeys([*errors, *code_files.faults(root)])]
    yield from errors
    faulty = {finding.field for finding in errors}
    sound_rules = [rule for rule in rules(sound) if rule.name not in faulty] if sound is not None else []
    for rule in sound_rules:
        yield from (finding for check in checks.CHECKS for finding in check(rule))
    for check_all in between_rules.CHECKS:
        yield from check_all(sound_rules)
