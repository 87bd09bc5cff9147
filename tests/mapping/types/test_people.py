"""Names, contacts and addresses."""

from typing import Any

from tests.mapping.types.support import findings, read, refusal, write

REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
KANA = {"url": REPRESENTATION, "valueCode": "SYL"}
OTHER = {"url": "urn:other", "valueCode": "x"}


def test_the_script_of_a_name_is_read_from_its_extension() -> None:
    assert read("name", "HumanName", {"family": "ヤマダ", "extension": [OTHER, KANA]}) == {
        "family": "ヤマダ",
        "script": "SYL",
    }


def test_a_written_script_leaves_other_extensions() -> None:
    raw = {"family": "A", "extension": [KANA, OTHER]}
    assert write("name", "HumanName", {"family": "A", "script": "IDE"}, raw)["extension"] == [
        OTHER,
        {"url": REPRESENTATION, "valueCode": "IDE"},
    ]
    assert write("name", "HumanName", {"family": "A"}, raw) == {"family": "A", "extension": [OTHER]}


def test_placeholders_are_left_out_except_where_they_are_names() -> None:
    document, notes = findings("name", "HumanName", {"family": "Null", "given": ["UNKNOWN"]})
    assert document == {"family": "Null"}
    assert [note[:2] for note in notes] == [("given[0]", "text.placeholder")]
    address: Any = findings("address", "Address", {"city": "None", "line": [" Main  Street 1"]})
    assert address[0] == {"lines": ["Main Street 1"]}


def test_a_text_that_would_be_cleaned_cannot_be_written() -> None:
    told = refusal("contact", "ContactPoint", {"value": " 555 "})
    assert told == "value: would be cleaned when it is read (text.whitespace): write it clean"
