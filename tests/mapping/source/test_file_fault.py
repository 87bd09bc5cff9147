"""The error of a file knows where it is."""

from pathlib import Path

import pytest

from gateway.mapping.source.file_fault import FileFault, shown


@pytest.mark.parametrize(
    ("line", "field", "text"),
    [
        (0, "", "/a/m.yaml: bad"),
        (3, "", "/a/m.yaml:3: bad"),
        (3, "names.family", "/a/m.yaml:3: field names.family: bad"),
    ],
)
def test_the_text_has_the_parts_that_are_known(line: int, field: str, text: str) -> None:
    error = FileFault(Path("/a/m.yaml"), line, "bad", field)
    assert error.text == str(error) == text
    assert (error.line, error.field, error.reason) == (line, field, "bad")


def test_a_file_below_the_working_directory_is_named_relative_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "mappings" / "m.yaml") == "mappings/m.yaml"
    assert shown(tmp_path.parent / "m.yaml") == str(tmp_path.parent / "m.yaml")
