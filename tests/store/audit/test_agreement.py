"""Counts of an audit add up over the parts of a database."""

from gateway.store.audit.agreement import Audit


def test_a_fault_is_counted_with_its_example() -> None:
    audit = Audit()
    audit.fault("a gap in the feed", "3")
    audit.fault("a gap in the feed", "7", count=4)
    assert audit.faults == {"a gap in the feed": 5}
    assert audit.examples == {"a gap in the feed": ["3", "7"]}


def test_only_the_first_three_examples_of_a_kind_are_kept() -> None:
    audit = Audit()
    for number in range(5):
        audit.fault("gap", str(number))
        audit.fault("other", str(number))
    assert audit.examples == {"gap": ["0", "1", "2"], "other": ["0", "1", "2"]}
    assert audit.faults == {"gap": 5, "other": 5}


def test_parts_are_added_with_their_counts_and_examples() -> None:
    whole, part = Audit(resources=2, documents=1, changes=3), Audit(resources=5, documents=7, changes=11)
    whole.fault("gap", "a")
    for key in ("b", "c", "d"):
        part.fault("gap", key)
    part.fault("stray", "e", count=2)
    whole.add(part)
    assert (whole.resources, whole.documents, whole.changes) == (7, 8, 14)
    assert whole.faults == {"gap": 4, "stray": 2}
    assert whole.examples == {"gap": ["a", "b", "c"], "stray": ["e"]}


def test_nothing_is_at_fault_at_first() -> None:
    assert not Audit().faults and not Audit().examples
