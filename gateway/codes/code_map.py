"""Read and change the code map of local codes: a CSV file `from,to` beside the mappings, which people may edit too.

`from` is `system|code`, or `|text` in small letters for an observation without a code. `to` is a LOINC code. Rows are
sorted, so that version control shows what was added. A change replaces the whole file, so no reader sees half of one.
"""

import csv
import fcntl
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import ConfigurationError, Conflict, Invalid
from gateway.fhir import loinc

COLUMNS = ["from", "to"]
_READABLE = 0o644


def read(file: Path) -> dict[str, str]:
    """Return all rows as `from` -> `to`; empty if there is no file. Raises ConfigurationError (`file:line: …`)."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read: {error}") from error
    if next(csv.reader(lines[:1]), None) != COLUMNS:
        raise ConfigurationError(f"{file}:1: the columns must be from,to")
    table: dict[str, str] = {}
    for line, row in enumerate(csv.reader(lines[1:]), 2):
        if len(row) != 2 or not all(row) or row[0] in table:
            raise ConfigurationError(f"{file}:{line}: expected one new code and what it becomes")
        table[row[0]] = row[1]
    return table


def add(file: Path, key: str, code: str, *, replace: bool = False) -> None:
    """Map `key` to the LOINC code from now on.

    Raises Invalid for a code that is not LOINC's or a key that cannot be a row, and Conflict if the map has another
    code for the key and `replace` is false.
    """
    if not loinc.is_code(code):
        raise Invalid(f"{code!r} is not a LOINC code: its check digit is wrong, or it is not built like one")
    if len(key.splitlines()) != 1 or not key.isprintable() or not key.partition("|")[2].strip():
        raise Invalid("a code map cannot hold this code: it is empty, or has line breaks or control characters")
    with _alone(file):
        table = read(file)
        if table.get(key, code) != code and not replace:
            raise Conflict(f"the code map has {key} already, as {table[key]}; say so to replace it")
        if table.get(key) != code:
            _write(file, {**table, key: code})


def remove(file: Path, key: str) -> None:
    """Delete the row of `key`, if there is one."""
    with _alone(file):
        table = read(file)
        if table.pop(key, None) is not None:
            _write(file, table)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Lock the folder, so that one process at a time changes the map and no lock file is left behind."""
    try:
        folder = os.open(file.parent, os.O_RDONLY)
    except OSError as error:
        raise ConfigurationError(f"{file.parent}: there is no such folder of mappings") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _write(file: Path, table: dict[str, str]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(sorted(table.items()))
    try:
        mode = file.stat().st_mode & 0o777 if file.exists() else _READABLE
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
                out.write(text.getvalue())
                out.flush()
                os.fsync(out.fileno())
            os.chmod(temporary, mode)
            os.replace(temporary, file)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written: {error.strerror}") from error
