"""Text for people is read clean, and written only if it is clean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.types.cleaned_text import display, line, lines, part_of_address, part_of_name
from gateway.mapping.values.lens import Lens, Notes, Origins, Unwritable

LENSES = [display, line, lines, part_of_address, part_of_name]


@pytest.mark.parametrize(
    ("lens", "sent", "text"),
    [
        (display, " Sodium  level ", "Sodium level"),
        (display, "None", "None"),
        (line, "None", None),
        (part_of_name, "None", "None"),
        (part_of_name, "not known", None),
        (part_of_address, "a \n b", "a\nb"),
        (lines, "a  \r\nb", "a  \nb"),
    ],
)
def test_each_kind_of_text_has_its_cleaner(lens: Lens, sent: str, text: str | None) -> None:
    assert lens.get(sent, []) == text


@given(st.sampled_from(LENSES), st.text("ab \n\t\u00a0", min_size=1, max_size=6))
def test_a_cleaned_text_can_be_written_and_is_read_as_it_is(lens: Lens, sent: str) -> None:
    cleaned = lens.get(sent, [])
    if cleaned is not None:
        assert lens.put is not None and lens.put(cleaned, None, Origins()) == cleaned
        notes: Notes = []
        assert lens.get(cleaned, notes) == cleaned and notes == []


@pytest.mark.parametrize("value", [" a", "a  b", "a\x00"])
def test_a_text_that_is_not_clean_is_refused_with_the_rule(value: str) -> None:
    assert display.put is not None
    with pytest.raises(Unwritable, match=r"would be cleaned when it is read \(text\.(whitespace|control)\)"):
        display.put(value, None, Origins())
