"""A stamp changes with everything that decides what a mapping makes, and with nothing else."""

from pathlib import Path

import pytest

from gateway.mapping import Mappings, stamp
from tests.mapping.support import load

SEX = "sex: {path: gender, type: code, codes: sex.csv, uncovered: keep}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sex.csv").write_text("from,to\nmale,M\n", "utf-8")
    (tmp_path / "other.csv").write_text("from,to\na,b\n", "utf-8")
    load(tmp_path, SEX)
    return tmp_path


def of(folder: Path) -> str:
    [projection] = Mappings.load(folder).get({"resourceType": "Patient", "gender": "male"})
    return projection.stamp


def test_it_is_twelve_digits_and_the_same_for_the_same_files(folder: Path) -> None:
    assert len(of(folder)) == 12 and of(folder) == of(folder) == Mappings.load(folder).stamps["things"]


def test_it_changes_with_the_file_its_code_map_and_the_engine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = of(folder)
    (folder / "other.csv").write_text("from,to\na,c\n", "utf-8")
    assert of(folder) == before
    (folder / "sex.csv").write_text("from,to\nmale,m\n", "utf-8")
    assert (second := of(folder)) != before
    load(folder, SEX, "born: {path: birthDate, type: date}")
    assert (third := of(folder)) not in (before, second)
    monkeypatch.setattr(stamp, "ENGINE", 0)
    stamp._engine.cache_clear()
    assert of(folder) not in (before, second, third)
    stamp._engine.cache_clear()


def test_what_has_not_changed_is_not_loaded_again(folder: Path) -> None:
    before = Mappings.load(folder)
    (folder / "other.csv").write_text("from,to\na,c\n", "utf-8")
    assert Mappings.load(folder, before).by_type["Patient"] is before.by_type["Patient"]
    (folder / "sex.csv").write_text("from,to\nmale,m\n", "utf-8")
    [again] = Mappings.load(folder, before).get({"resourceType": "Patient", "gender": "male"})
    assert again.document == {"sex": "m"} and again.stamp == of(folder)


@pytest.mark.parametrize(
    ("field", "late"),
    [
        ("at: {path: meta.lastUpdated, type: moment}", True),
        ("n: {path: meta.versionId, type: text}", True),
        ("n: {path: meta, fields: {n: {path: versionId, type: text}}}", True),
        ("n: {path: meta.select(versionId), type: text, read-only: true}", True),
        ("n: {path: 'descendants().ofType(instant)', type: moment, list: true, read-only: true}", True),
        ("source: {path: meta.source, type: text}", False),
    ],
)
def test_a_mapping_that_reads_version_or_time_is_known_to(tmp_path: Path, field: str, late: bool) -> None:
    assert load(tmp_path, field).late == ({"Patient"} if late else set())
