"""Name the places of the models and of the code map."""

from dataclasses import dataclass
from pathlib import Path

CODE_MAP = "local-codes.csv"


@dataclass(frozen=True, slots=True)
class Files:
    """Paths: `models` is a folder, created with the first model; `code_map` is a CSV file beside the mappings."""

    models: Path
    code_map: Path

    @classmethod
    def of(cls, data_dir: Path, mappings: Path) -> "Files":
        """Return the paths for a data folder and a folder of mappings."""
        return cls(data_dir / "codes", mappings / CODE_MAP)
