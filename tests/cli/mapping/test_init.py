"""`gateway map init`: a copy of the shipped mappings that can be edited and used."""

import os

from gateway import shipped
from gateway.mapping import Mappings
from tests.cli.conftest import Terminal


def test_the_copy_is_complete_and_maps_as_the_shipped_files_do(gateway: Terminal) -> None:
    folder = gateway.folder / "new" / "mappings"
    result = gateway("map", "init", str(folder), data=False)
    assert result.exit_code == 0 and f"GATEWAY_MAPPINGS={folder}" in result.output
    assert Mappings.load(folder).stamps == Mappings.load(shipped.mappings()).stamps
    assert gateway("map", "test", str(folder), "--json", data=False).output.startswith('{"pairs":24,"failed":0')


def test_files_that_are_there_are_never_overwritten(gateway: Terminal) -> None:
    (gateway.folder / "patient.yaml").write_text("mine")
    result = gateway("map", "init", str(gateway.folder), data=False)
    assert result.exit_code == 2 and "nothing was copied" in result.output
    assert os.listdir(gateway.folder) == ["patient.yaml"] and (gateway.folder / "patient.yaml").read_text() == "mine"
