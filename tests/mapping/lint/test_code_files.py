"""The faults of code maps in files."""

from pathlib import Path

from gateway.mapping.lint.code_files import faults
from gateway.mapping.source.yaml_source import parse


def found(folder: Path, text: str) -> list[tuple[int, str, str]]:
    root = parse(folder / "m.yaml", text.encode())
    return [(fault.line, fault.field, fault.text) for fault in faults(root)]


FIELDS = "fields:\n  a:\n    path: x\n    fields:\n      b: {codes: sex.csv}\n  c: {codes: {male: M}}\n"


def test_every_fault_is_told_with_the_field_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "sex.csv").write_text("from,to\nmale\nfemale,F,x\n", "utf-8")
    assert [fault[:2] for fault in found(tmp_path, FIELDS)] == [(2, "a.b"), (3, "a.b")]


def test_a_file_that_is_not_there_is_left_to_loading(tmp_path: Path) -> None:
    assert found(tmp_path, FIELDS) == []


def test_another_encoding_is_a_fault_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "sex.csv").write_bytes("from,to\nmännlich,M\n".encode("latin-1"))
    assert found(tmp_path, FIELDS) == [(2, "a.b", "not UTF-8 text: byte 0xe4")]
