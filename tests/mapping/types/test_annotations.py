"""Notes of people."""

from tests.mapping.types.support import read, refusal, utc, write


def test_a_note_has_its_text_time_and_author() -> None:
    sent = {"text": "a\r\nb", "time": "2020", "authorReference": {"reference": "Practitioner/1"}}
    from gateway.mapping.types import TYPES

    assert TYPES["note"].lenses["Annotation"].get(sent, []) == {
        "text": "a\nb",
        "time": {"start": utc(2020, 1, 1), "end": utc(2021, 1, 1), "precision": "year", "text": "2020"},
        "author": {"reference": "Practitioner/1", "type": "Practitioner", "id": "1"},
    }
    assert read("note", "Annotation", {"text": "a", "authorString": "B"}) == {"text": "a", "author_name": "B"}


def test_a_note_is_written_clean() -> None:
    assert write("note", "Annotation", {"text": "new"}, {"id": "n", "text": "old"}) == {"id": "n", "text": "new"}
    assert refusal("note", "Annotation", {"text": "a\r\nb"}).startswith("text: would be cleaned")
