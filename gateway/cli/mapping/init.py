"""`gateway map init`."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from gateway import shipped
from gateway.cli.console import out
from gateway.cli.run import fail
from gateway.errors import ConfigurationError


def init(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty")] = Path("mappings"),
) -> None:
    """Copy the shipped mapping files, with their golden pairs, to a folder where you can edit them."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fail(ConfigurationError(f"{folder}: exists and is not empty; nothing was copied, name another folder"))
    try:
        shutil.copytree(shipped.mappings(), folder, dirs_exist_ok=True)
    except OSError as error:
        fail(ConfigurationError(f"{folder}: cannot be written ({error.strerror or error})"))
    out.print(f"copied to {folder}; set GATEWAY_MAPPINGS={folder.resolve()}", highlight=False, markup=False)
