"""The order of the units of a group: a condition is judged after all writes that may change what it matches."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.store import Condition, Write
from gateway.store.write.unit import Unit
from gateway.store.write.waves import waves
from tests.store.resources import patient, prepared, query


def write(id_: str, identifier: str = "", condition: str = "", expected: tuple[str, ...] = ()) -> Unit:
    content = {"identifier": [{"system": "urn:x", "value": identifier}]} if identifier else {}
    judged = Condition(query(condition), expected) if condition else None
    return Unit([prepared(Write("Patient", id_, patient(id_, **content), "api", condition=judged))])


def delete(id_: str) -> Unit:
    return Unit([prepared(Write("Patient", id_, None, "api", unreferred=True))])


def test_units_without_conditions_go_together() -> None:
    assert waves([write("a"), write("b"), write("c")]) == [[0, 1, 2], []]


def test_no_units_need_no_waves() -> None:
    assert waves([]) == [[], []]


def test_conditions_on_different_identifiers_are_judged_together() -> None:
    units = [write(name, name, f"identifier=urn:x|{name}") for name in ("a", "b", "c")]
    assert waves(units) == [[], [0, 1, 2]]


def test_two_creates_under_one_condition_are_judged_one_after_the_other() -> None:
    units = [write("a", "1", "identifier=urn:x|1"), write("b", "1", "identifier=urn:x|1")]
    assert waves(units) == [[], [0], [1]]


def test_a_unit_that_writes_the_resource_a_condition_expects_goes_first() -> None:
    units = [write("a", "2", "identifier=urn:x|2"), write("c", "3", "identifier=urn:x|1", ("a",))]
    assert waves(units) == [[], [0], [1]]


def test_a_condition_that_needs_a_search_follows_all_others_before_it() -> None:
    units = [
        write("a", "1", "identifier=urn:x|1"),
        write("b", "", "name=muster"),
        write("c", "2", "identifier=urn:x|2"),
    ]
    assert waves(units) == [[], [0], [1, 2]]


def test_a_search_that_comes_first_waits_for_nobody() -> None:
    assert waves([write("b", "", "name=muster"), write("a", "1", "identifier=urn:x|1")]) == [[], [0, 1]]


def test_a_unit_without_condition_is_never_held_back() -> None:
    units = [write("a", "1", "identifier=urn:x|1"), write("b", "1"), write("c", "1", "identifier=urn:x|1")]
    assert waves(units) == [[1], [0], [2]]


def test_deletes_of_unreferred_resources_come_last_one_by_one() -> None:
    assert waves([delete("a"), write("b"), delete("c"), write("d", "1", "identifier=urn:x|1")]) == [[1], [3], [0], [2]]


@given(st.lists(st.tuples(st.sampled_from("123"), st.sampled_from(["", "1", "2", "3", "name"])), max_size=6))
def test_every_unit_is_in_one_wave_and_no_condition_is_judged_too_early(plan: list[tuple[str, str]]) -> None:
    conditions = {"": "", "name": "name=muster"} | {number: f"identifier=urn:x|{number}" for number in "123"}
    units = [write(f"p{n}", written, conditions[asked]) for n, (written, asked) in enumerate(plan)]
    ordered = waves(units)
    assert sorted(number for wave in ordered for number in wave) == list(range(len(units)))
    for wave in ordered:
        for position, number in enumerate(wave):
            asked = plan[number][1]
            before = {plan[earlier][0] for earlier in wave[:position]}
            assert asked not in before, "a unit of the same wave writes the identifier"
            assert asked != "name" or not position, "a search follows a unit of its wave"
