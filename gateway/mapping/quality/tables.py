"""Read the tables of facts that lie beside the code."""

import csv
from collections.abc import Iterator
from importlib.resources import files


def rows(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table in this folder, each as column name -> cell."""
    return csv.DictReader(files(__package__).joinpath(name).read_text("utf-8").splitlines())
