"""Add a partner to the partners file by command; everything in the file stays as it is, comments included."""

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from gateway.errors import ConfigurationError, Issue
from gateway.sync.partners import Partner, load


def add(path: Path, block: Mapping[str, Any], *, site: str) -> Partner:
    """Append `block` to the list in the file, which is created if needed, and return the partner.

    The new text is verified completely before it replaces the old. Raises ConfigurationError.
    """
    before = path.read_text("utf-8") if path.exists() else "partners:\n"
    entry = yaml.safe_dump([dict(block)], sort_keys=False, allow_unicode=True)
    after = before.rstrip("\n") + "\n" + "".join(f"  {line}\n" for line in entry.splitlines())
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", text=True)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(after)
        added = _loaded(Path(name), path, site, len(before.rstrip("\n").splitlines()))[-1]
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    return added


def _loaded(candidate: Path, path: Path, site: str, lines: int) -> tuple[Partner, ...]:
    """Load the candidate for the partners file, which now has `lines` lines. Raises ConfigurationError."""
    try:
        return load(candidate, site=site)
    except ConfigurationError as error:
        texts = [_without_new_lines(issue.text.replace(str(candidate), str(path)), lines) for issue in error.issues]
        issues = [Issue("error", error.code, f"{text}; the file was left as it was") for text in texts]
        raise ConfigurationError(issues[0].text, issues=issues) from None


def _without_new_lines(text: str, lines: int) -> str:
    """Return `text` without the number of a line beyond the end of the file, where the new partner would have been."""
    number = re.search(r":(\d+): ", text)
    return text.replace(number[0], ": ", 1) if number and int(number[1]) > lines else text
