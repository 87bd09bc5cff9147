"""`gateway map check`: everything that can be said of mapping files before any data is seen, in one run."""

from collections.abc import Iterator
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.mapping import view
from gateway.mapping.lint import checks, codefiles, shared
from gateway.mapping.lint.faults import sound
from gateway.mapping.lint.finding import Finding, Severity, fault
from gateway.mapping.lint.rule import rules
from gateway.mapping.mappings import Mappings, counts
from gateway.mapping.source import parse, shown

__all__ = ["Finding", "Severity", "lint"]


def lint(folder: Path) -> list[Finding]:
    """All findings of all mapping files of a folder, by file and line. Raises ConfigurationError for no folder."""
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: there is no such folder of mappings")
    found = [finding for file in sorted(folder.iterdir()) if counts(file) for finding in _file(file)]
    try:
        Mappings.load(folder)  # what is wrong between the files
    except ConfigurationError as error:
        if not any(finding.severity == "error" for finding in found):
            found.append(fault(error))
    return sorted(found, key=lambda finding: (finding.file, finding.line))


def _file(file: Path) -> Iterator[Finding]:
    try:
        if file.suffix == ".json":
            view.load(file, file.read_bytes())  # a ViewDefinition; code maps are looked at with the fields they serve
        if file.suffix != ".yaml":
            return
        root = parse(file, file.read_bytes())
    except ConfigurationError as error:
        yield fault(error)
        return
    except OSError as error:
        yield Finding(shown(file), 0, "", "error", f"cannot be read: {error.strerror}")
        return
    right, wrong = sound(root)
    wrong = [*dict.fromkeys([*wrong, *codefiles.faults(root)])]
    yield from wrong
    bad = {finding.field for finding in wrong}
    found = [rule for rule in rules(right) if rule.name not in bad] if right is not None else []
    for rule in found:
        yield from (finding for check in checks.CHECKS for finding in check(rule))
    for look in shared.CHECKS:
        yield from look(found)
