"""The code map file: people and version control read it, mappings load it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway import shipped
from gateway.codes import code_map
from gateway.codes.files import CODE_MAP
from gateway.errors import ConfigurationError, Conflict, Invalid


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / CODE_MAP


def test_rows_are_sorted_and_nothing_else_is_left_behind(file: Path) -> None:
    code_map.add(file, "|pulse", "8867-4")
    code_map.add(file, 'http://lab.example|"A", B', "2160-0")
    assert file.read_text() == 'from,to\n"http://lab.example|""A"", B",2160-0\n|pulse,8867-4\n'
    assert code_map.read(file) == {"|pulse": "8867-4", 'http://lab.example|"A", B': "2160-0"}
    assert [one.name for one in file.parent.iterdir()] == [CODE_MAP]
    code_map.remove(file, "|pulse")
    assert list(code_map.read(file)) == ['http://lab.example|"A", B']


def test_the_shipped_map_is_legal_and_empty() -> None:
    assert code_map.read(shipped.mappings() / CODE_MAP) == {}


def test_a_contradiction_must_be_meant(file: Path) -> None:
    code_map.add(file, "|pulse", "8867-4")
    code_map.add(file, "|pulse", "8867-4")
    with pytest.raises(Conflict, match="8867-4"):
        code_map.add(file, "|pulse", "2160-0")
    code_map.add(file, "|pulse", "2160-0", replace=True)
    assert code_map.read(file) == {"|pulse": "2160-0"}


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("|pulse", "8867-5"),
        ("|pulse", "LP1"),
        ("|a\nb", "8867-4"),
        ("s|a\x85b", "8867-4"),
        ("s|", "8867-4"),
        ("|", "8867-4"),
    ],
)
def test_what_could_not_be_read_back_or_is_no_loinc_code_is_refused(file: Path, key: str, code: str) -> None:
    with pytest.raises(Invalid):
        code_map.add(file, key, code)
    assert not file.exists()


def test_decisions_of_many_at_once_are_all_kept(file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: code_map.add(file, f"|name {n}", "8867-4"), range(40)))
    assert len(code_map.read(file)) == 40


@pytest.mark.parametrize("text", ["", "a,b\n", "from,to\nx\n", "from,to\nx,1\nx,2\n", "from,to\nx,\n"])
def test_a_broken_file_is_named_with_its_line_and_not_overwritten(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=rf"{CODE_MAP}:[123]:"):
        code_map.add(file, "|pulse", "8867-4")
    assert file.read_text() == text
