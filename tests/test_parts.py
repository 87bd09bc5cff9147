"""The parts of a gateway that have state: which partners there are, and which database is used."""

from pathlib import Path

import pytest

from gateway import settings
from gateway.errors import ConfigurationError
from gateway.parts import load_partners, open_database

NORTH = "partners:\n  - name: north\n    base_url: https://north.example/fhir\n    types: [Patient]\n"


def test_partners_come_from_the_data_folder_if_no_file_is_named(tmp_path: Path) -> None:
    assert load_partners(settings.read(data_dir=tmp_path)) == ()
    (tmp_path / "partners.yaml").write_text(NORTH)
    assert [partner.name for partner in load_partners(settings.read(data_dir=tmp_path))] == ["north"]


def test_a_named_file_wins_and_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "partners.yaml").write_text(NORTH)
    other = tmp_path / "other.yaml"
    with pytest.raises(ConfigurationError, match=r"other\.yaml: cannot be read"):
        load_partners(settings.read(data_dir=tmp_path, partners=other))
    other.write_text(NORTH.replace("north", "south"))
    assert [partner.name for partner in load_partners(settings.read(data_dir=tmp_path, partners=other))] == ["south"]


async def test_a_configured_database_is_used_as_it_is(tmp_path: Path) -> None:
    chosen = settings.read(mongo_uri="mongodb://u:p@db.example/", data_dir=tmp_path / "data")
    async with open_database(chosen, attach=False) as uri:
        assert uri == "mongodb://u:p@db.example/"
    assert not (tmp_path / "data").exists()
