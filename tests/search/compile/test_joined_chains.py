"""Chains by one reference ask for one resource at its other end."""

from dataclasses import replace

from gateway.search.compile.joined_chains import joined
from gateway.search.tree.clauses import And, Bound, Chain, End, Has

NAME, GENDER = Bound(({"k": "name|x|"},), rank=3), Bound(({"k": "gender|male|"},), rank=6)
BY_NAME = Chain(("subject",), (End("Patient", NAME),), single=True, rank=2)
BY_GENDER = Chain(("subject",), (End("Patient", GENDER),), single=True, rank=2)


def test_two_chains_by_one_reference_are_one() -> None:
    [chain] = joined([BY_NAME, BY_GENDER])
    assert chain == Chain(("subject",), (End("Patient", And((NAME, GENDER))),), single=True, rank=2)


def test_one_chain_stays_as_it_is() -> None:
    assert joined([BY_NAME]) == (BY_NAME,)


def test_chains_to_different_types_or_by_different_references_stay_apart() -> None:
    to_group = replace(BY_GENDER, ends=(End("Group", GENDER),))
    by_encounter = replace(BY_GENDER, names=("encounter",))
    assert joined([BY_NAME, to_group, by_encounter]) == (BY_NAME, to_group, by_encounter)


def test_references_that_repeat_may_each_lead_elsewhere() -> None:
    first, second = replace(BY_NAME, single=False), replace(BY_GENDER, single=False)
    assert joined([first, second]) == (first, second)


def test_chains_by_address_or_over_several_types_stay_apart() -> None:
    by_address = replace(BY_NAME, canonical=True)
    over_two = replace(BY_NAME, ends=(End("Patient", NAME), End("Group", NAME)))
    assert joined([by_address, by_address]) == (by_address, by_address)
    assert joined([over_two, over_two]) == (over_two, over_two)


def test_reverse_chains_stay_apart_and_come_first() -> None:
    has = Has(("subject",), End("Observation", NAME))
    assert joined([BY_NAME, has, BY_GENDER])[0] == has
    assert len(joined([has, has])) == 2
