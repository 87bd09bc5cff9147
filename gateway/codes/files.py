"""Where the models lie, and the file that accepted suggestions are written to."""

from dataclasses import dataclass
from pathlib import Path

CODE_MAP = "local-codes.csv"


@dataclass(frozen=True, slots=True)
class Files:
    """`models` is a folder, made when the first model is kept; `code_map` a CSV file beside the mappings."""

    models: Path
    code_map: Path

    @classmethod
    def of(cls, data_dir: Path, mappings: Path) -> "Files":
        return cls(data_dir / "codes", mappings / CODE_MAP)
