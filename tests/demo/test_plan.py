"""What is shown: shares of the two hospitals, and folders of FHIR files."""

from pathlib import Path

import pytest

from gateway.demo.fill import check_data
from gateway.demo.plan import DemoPlan
from gateway.errors import ConfigurationError


def test_three_fifths_of_patients_and_observations_are_ours() -> None:
    plan = DemoPlan(Path("data"))
    assert (plan.our_patients, plan.our_observations) == (120, 12_000)


def test_a_folder_without_files_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no FHIR")
    with pytest.raises(ConfigurationError, match=r"there are no files to load; they end in \.json, \.ndjson"):
        check_data(DemoPlan(Path("data"), data=tmp_path))
    (tmp_path / "patient.json").write_text("{}")
    check_data(DemoPlan(Path("data"), data=tmp_path))


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file or folder"):
        check_data(DemoPlan(Path("data"), data=tmp_path / "nowhere"))
