"""All faults of a file are found in one run, and the sound rest is kept."""

from pathlib import Path

from gateway.mapping.lint.faults import without_faults
from gateway.mapping.source.yaml_source import parse

HEAD = "resource: Patient\ncollection: things\n"


def found(text: str) -> tuple[list[str], list[tuple[int, str]]]:
    """(names of the sound fields, (line, field) of each fault)"""
    sound, faults = without_faults(parse(Path("m.yaml"), (HEAD + text).encode()))
    words = {key: value for _, key, value in sound.entries()} if sound else {}
    names = [name for _, name, _ in words["fields"].entries()] if words else []
    return names, [(fault.line, fault.field) for fault in faults]


def test_a_sound_file_is_returned_as_it_is() -> None:
    root = parse(Path("m.yaml"), (HEAD + "fields: {a: {path: id, type: text}}").encode())
    assert without_faults(root) == (root, [])


def test_every_faulty_field_is_told_and_the_others_are_kept() -> None:
    text = "fields:\n  a: {path: nam, type: text}\n  b: {path: id, type: text}\n  c: {path: id, type: txt}\n"
    assert found(text) == (["b"], [(4, "a"), (6, "c")])


def test_a_field_with_one_faulty_word_is_kept_without_it() -> None:
    text = "fields:\n  a: {path: gender, type: code, default: [x], lst: true}\n"
    assert found(text) == (["a"], [(4, "a"), (4, "a")])


def test_fields_of_objects_are_looked_at_one_by_one() -> None:
    text = "fields:\n  a:\n    path: contact\n    list: true\n    fields:\n      x: {path: gendr, type: code}\n      y: {path: gender, type: code}\n"  # noqa: E501
    assert found(text) == (["a"], [(8, "a.x")])


def test_an_index_on_a_field_that_was_taken_out_is_no_fault() -> None:
    fields = "fields:\n  a: {path: nam, type: text}\n  b: {path: id, type: text}\n"
    assert found(f"{fields}indexes: [a, b]\n")[1] == [(4, "a")]
    assert found("fields: {b: {path: id, type: text}}\nindexes: [a, [b, b]]\n")[1] == [(4, ""), (4, "")]
