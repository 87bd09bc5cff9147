"""A partner added to the partners file by command: what is there, comments included, stays as it is."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from gateway.errors import ConfigurationError
from gateway.sync.partners import Partner, load


def add(path: Path, block: Mapping[str, Any], *, site: str) -> Partner:
    """Appends `block` to the list at the end of the file, which is made if need be, and returns what it means.

    The new text is verified completely before it takes the place of the old. Raises ConfigurationError.
    """
    before = path.read_text("utf-8") if path.exists() else "partners:\n"
    entry = yaml.safe_dump([dict(block)], sort_keys=False, allow_unicode=True)
    after = before.rstrip("\n") + "\n" + "".join(f"  {line}\n" for line in entry.splitlines())
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", text=True)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(after)
        found = _loaded(Path(name), path, site)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    return found[-1]


def _loaded(candidate: Path, path: Path, site: str) -> tuple[Partner, ...]:
    try:
        return load(candidate, site=site)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{path} was left as it was: {error.text.replace(str(candidate), str(path))}"
        ) from None
