"""What a unit of writes asks for, as one."""

from gateway.store import Condition, Write
from gateway.store.write.unit import Unit
from tests.store.resources import patient, prepared, query


def create(id_: str, condition: str = "", **options: object) -> Write:
    judged = Condition(query(condition)) if condition else None
    return Write("Patient", id_, patient(id_), "api", condition=judged, **options)  # type: ignore[arg-type]


def delete(id_: str, *, unreferred: bool = False) -> Write:
    return Write("Patient", id_, None, "api", unreferred=unreferred)


def unit(*writes: Write, **state: object) -> Unit:
    return Unit([prepared(write) for write in writes], state)


def test_its_keys_are_those_of_resources_and_values() -> None:
    assert unit(create("a"), delete("b"), cursor=3).keys == {"Patient/a", "Patient/b", "state cursor"}


def test_a_value_and_a_resource_never_share_a_key() -> None:
    assert len(unit(create("a"), **{"Patient/a": 1}).keys) == 2


def test_only_conditions_that_exist_are_listed() -> None:
    condition = "identifier=urn:x|1"
    assert [one.query.used for one in unit(create("a"), create("b", condition)).conditions] == [
        (("identifier", "urn:x|1"),)
    ]


def test_an_identifier_needs_no_search_of_its_own_but_a_name_does() -> None:
    assert not unit(create("a", "identifier=urn:x|1")).searches
    assert unit(create("a", "identifier=urn:x|1"), create("b", "name=muster")).searches
    assert not unit(create("a")).searches


def test_what_it_writes_itself_is_not_needed() -> None:
    needs = frozenset({("Patient", "b"), ("Organization", "o"), ("Patient", "c")})
    both = unit(create("a", needs=needs), create("b"), delete("c"))
    assert both.needs == {("Organization", "o"), ("Patient", "c")}
    assert both.deletes == {("Patient", "c")}
    assert both.checks_references


def test_without_needs_no_references_are_checked() -> None:
    plain = unit(create("a"), delete("b"))
    assert (plain.needs, plain.unreferred, plain.checks_references) == (frozenset(), [], False)


def test_a_delete_that_must_be_unreferred_checks_references() -> None:
    careful = unit(delete("b", unreferred=True), delete("c"))
    assert (careful.unreferred, careful.checks_references) == (["Patient/b"], True)


def test_its_size_is_that_of_its_bodies() -> None:
    small, large = unit(create("a")), unit(Write("Patient", "a", patient("a", text={"div": "x" * 10_000}), "api"))
    assert 100 < small.size < 300
    assert 10_000 < large.size - small.size < 10_100
    assert unit(delete("a")).size == 200
