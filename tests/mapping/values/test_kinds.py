"""Values of several kinds are told apart by their `kind`."""

import pytest

from gateway.mapping.values.kinds import WrongKind, kinded
from gateway.mapping.values.lens import Origins, Part, text
from gateway.mapping.values.structures import structure

LENS = kinded("name", structure(Part("x", "a", text)))


def test_the_kind_is_added_when_read_and_taken_off_when_written() -> None:
    assert LENS.get({"x": "1"}, []) == {"kind": "name", "a": "1"}
    assert LENS.put is not None
    assert LENS.put({"kind": "name", "a": "2"}, {"x": "1", "id": "i"}, Origins()) == {"x": "2", "id": "i"}


def test_a_value_without_parts_has_no_kind_either() -> None:
    assert LENS.get({"other": "1"}, []) is None


@pytest.mark.parametrize("value", [{"kind": "other", "a": "1"}, {"a": "1"}, "text"])
def test_another_kind_is_refused_by_a_type_that_names_the_kind(value: object) -> None:
    assert LENS.put is not None
    with pytest.raises(WrongKind) as refused:
        LENS.put(value, None, Origins())
    assert (refused.value.kind, refused.value.path) == ("name", "kind")
