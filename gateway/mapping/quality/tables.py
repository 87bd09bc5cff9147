"""The tables of facts that lie beside the code."""

import csv
from collections.abc import Iterator
from importlib.resources import files


def rows(name: str) -> Iterator[dict[str, str]]:
    """Read the rows of a table of this folder, by the names of its columns."""
    return csv.DictReader(files(__package__).joinpath(name).read_text("utf-8").splitlines())
