"""What is read of an observation to learn from it or to ask about it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codes.corpus import Corpus, folded
from gateway.codes.sightings import from_resource, half_decade
from tests.codes.make import LAB, LOINC, observation, quantity


def one(resource: dict[str, Any]) -> Any:
    (found,) = from_resource(resource)
    return found


def test_all_names_beside_a_loinc_coding_are_names_of_its_code() -> None:
    seen = one(
        observation(
            "o",
            {"system": LAB, "code": "CREA", "display": "Creatinine Level"},
            {"system": LOINC, "code": "2160-0", "display": "Creatinine [Mass/volume] in Serum"},
            text="Creat",
            **quantity(1.1, "mg/dL"),
        )
    )
    assert seen.codes == ("2160-0",) and seen.local == ""
    assert set(seen.names) == {"Creatinine Level", "Creatinine [Mass/volume] in Serum", "Creat", "CREA"}
    assert seen.official == {"Creatinine [Mass/volume] in Serum"}
    assert (seen.unit, seen.kind, seen.magnitude) == ("mg/dL", "quantity", 0)


def test_what_only_pretends_to_be_loinc_is_a_local_code() -> None:
    seen = one(observation("o", {"system": LOINC, "code": "5089AAAA", "display": "Weight"}))
    assert (seen.codes, seen.local) == ((), f"{LOINC}|5089AAAA")


def test_the_coding_a_user_chose_names_the_local_code() -> None:
    chosen: Any = {"system": LAB, "code": "B", "userSelected": True}
    assert one(observation("o", {"system": LAB, "code": "A"}, chosen)).local == f"{LAB}|B"


@pytest.mark.parametrize("system", ["http://snomed.info/sct", "http://terminology.hl7.org/CodeSystem/v3-ActCode"])
def test_codes_that_mean_the_same_everywhere_are_not_asked_about(system: str) -> None:
    assert one(observation("o", {"system": system, "code": "1"}, text="x")).local == ""


def test_a_text_without_a_code_is_asked_about_whatever_its_case() -> None:
    assert one(observation("o", text="HDL  Cholesterol")).local == "|hdl cholesterol"


def test_components_are_seen_with_the_panel_they_belong_to() -> None:
    part = {"code": {"text": "Systolic"}, **quantity(120, "mm[Hg]")}
    panel, systolic = from_resource(observation("o", {"system": LOINC, "code": "85354-9"}, component=[part]))
    assert (panel.kind, panel.panel) == ("panel", "")
    assert (systolic.panel, systolic.local, systolic.unit) == ("85354-9", "|systolic", "mm[Hg]")


Anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["coding", "code", "text", "system", "display", "value", "unit"]), inner)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["code", "category", "component", "valueQuantity", "valueString"]), Anything))
def test_no_shape_of_an_observation_stops_the_reading(resource: dict[str, Any]) -> None:
    corpus = Corpus()
    corpus.add(from_resource(resource), "x")
    assert corpus.sightings >= 1


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_a_half_decade_holds_its_number(number: float) -> None:
    found = half_decade(number)
    assert found is not None
    assert 10 ** (found / 2) * 0.999 <= number < 10 ** ((found + 1) / 2) * 1.001


def test_no_patient_can_be_told_from_what_is_kept() -> None:
    seen = one(
        observation("o", text="Note", subject={"reference": "Patient/p1", "display": "Ada"}, valueString="Ada is well")
    )
    assert "Ada" not in repr(seen) and "p1" not in repr(seen)


def test_examples_are_one_for_each_spelling_and_independent_of_order() -> None:
    resources = [
        observation("a", {"system": LOINC, "code": "8867-4", "display": "Heart rate"}, **quantity(72, "/min")),
        observation("b", {"system": LOINC, "code": "8867-4", "display": "Heart rate"}, **quantity(130, "/min")),
        observation("c", {"system": LOINC, "code": "8867-4"}, text="Pulse", **quantity(72, "/min")),
        observation("d", {"system": LOINC, "code": "8867-5"}, text="Wrong", **quantity(72, "/min")),
    ]
    forwards, backwards = Corpus(), Corpus()
    for resource in resources:
        forwards.add(from_resource(resource), "x")
    for resource in reversed(resources):
        backwards.add(from_resource(resource), "x")
    examples = forwards.examples()
    assert examples == backwards.examples()
    assert [(e.look.name, e.count, e.official, e.look.magnitudes) for e in examples] == [
        ("Heart rate", 2, True, (3, 4)),
        ("Pulse", 1, False, (3,)),
    ]


def test_memory_is_bounded_and_what_found_no_room_is_counted() -> None:
    corpus = Corpus(most=3)
    for number in range(10):
        corpus.add(from_resource(observation("o", {"system": LOINC, "code": "8867-4"}, text=f"name {number}")), "x")
    assert (len(corpus.examples()), corpus.left_out) == (3, 7)


def test_spellings_that_only_look_different_are_one() -> None:
    assert len({folded(name) for name in ("Heart_rate", "heart-rate", "HeartRate", " HEART  RATE")}) == 1
