"""A probe finds out which parts of a value a lens reads."""

from gateway.mapping.proofs.probe import Probe, extension, ways
from gateway.mapping.types import TYPES
from gateway.mapping.values.lens import Part
from gateway.mapping.values.structures import structure

TEXT = TYPES["text"].lenses["string"]


def test_ways_pass_over_lists_and_end_at_extensions() -> None:
    value = {"a": [{"b": 1}, {"b": None, "c": "x"}], "extension": [{"url": "urn:x", "valueCode": "y"}]}
    assert list(ways(value)) == [("a", "b"), ("a", "c"), ("extension(urn:x)",)]
    assert extension("extension", "odd") == "extension()"


def test_parts_that_the_lens_reads_are_found() -> None:
    lens = structure(Part("a", "a", TEXT), Part("b", "b", structure(Part("c", "c", TEXT))))
    assert Probe().read(lens, {"a": "1", "b": {"c": "2", "d": "3"}, "e": "4"}) == {("a",), ("b", "c")}


def test_a_part_that_only_matters_with_others_is_found_by_taking_it_out() -> None:
    token = TYPES["token"].lenses["Coding"]  # a system alone reads as nothing
    assert Probe().read(token, {"system": "s", "code": "c", "display": "d"}) == {("system",), ("code",)}


def test_what_was_found_out_holds_for_all_values_of_a_shape() -> None:
    probe, lens = Probe(), structure(Part("a", "a", TEXT))
    assert probe.read(lens, {"a": "", "b": "x"}) == set()  # an empty text cannot be read
    assert probe.read(lens, {"a": "1", "b": "x"}) == {("a",)}
    assert probe.read(lens, {"a": "", "b": "x"}) == {("a",)}
