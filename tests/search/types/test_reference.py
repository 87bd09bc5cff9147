"""References: https://hl7.org/fhir/R4/search.html#reference"""

from dataclasses import replace
from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.types import reference

SUBJECT = Parameter("subject", "reference", "", targets=("Patient", "Group"), stored=("subject",))
PATIENT = replace(SUBJECT, name="patient", targets=("Patient",), restricted=True)
US = "https://us.example/fhir"


def where(value: str, modifier: str | None = None, base: str = "", parameter: Parameter = SUBJECT) -> dict[str, Any]:
    return reference.where("subject", parameter, modifier, value, Context(base))


@pytest.mark.parametrize(
    ("value", "tokens"),
    [
        ({"reference": "Patient/1"}, ["subject|Patient/1"]),
        ({"reference": "Patient/1/_history/2"}, ["subject|Patient/1/_history/2", "subject|Patient/1"]),
        ({"reference": "https://other/fhir/Patient/1"}, ["subject|https://other/fhir/Patient/1"]),
        ({"reference": "#p"}, []),
        ({"display": "John"}, []),
        ({"identifier": {"system": "urn:x", "value": "1"}}, ["subject:identifier|1|urn:x", "subject:logical|"]),
        (
            {"identifier": {"value": "1"}, "type": "Patient"},
            ["subject:identifier|1|", "subject:logical|Patient"],
        ),
        ({"identifier": {"value": "1"}, "type": "urn:planet"}, ["subject:identifier|1|"]),
        ({"identifier": {"value": "1"}, "reference": "Group/1"}, ["subject|Group/1", "subject:identifier|1|"]),
    ],
)
def test_a_reference_is_indexed_as_sent_and_without_its_version(value: Any, tokens: list[str]) -> None:
    assert reference.index("subject", "Reference", value) == tokens


@pytest.mark.parametrize(
    ("value", "tokens"),
    [
        ("http://x/q", ["q|http://x/q", "q|http://x/q|"]),
        ("http://x/q|2.0", ["q|http://x/q|2.0", "q|http://x/q"]),
        ("http://x/q#part", ["q|http://x/q#part", "q|http://x/q", "q|http://x/q|"]),
        ("#contained", ["q|#contained", "q|#contained|"]),
    ],
)
def test_a_canonical_is_indexed_with_and_without_its_version(value: str, tokens: list[str]) -> None:
    assert reference.index("q", "canonical", value) == tokens


def test_an_included_resource_is_its_own_target() -> None:
    assert reference.index("composition", "Composition", {"id": "c"}) == ["composition|Composition/c"]
    assert reference.index("composition", "Composition", {}) == []


def test_an_id_may_be_of_any_target() -> None:
    assert where("1") == {"k": {"$in": ["subject|Patient/1", "subject|Group/1"]}}


def test_a_modifier_names_the_type() -> None:
    assert where("1", "Patient") == {"k": "subject|Patient/1"}


def test_an_address_on_this_server_means_the_relative_one() -> None:
    tokens = ["subject|Patient/1", f"subject|{US}/Patient/1"]
    assert where("Patient/1", base=US) == where(f"{US}/Patient/1", base=US) == {"k": {"$in": tokens}}


def test_an_address_elsewhere_is_taken_as_it_is() -> None:
    assert where("https://them/fhir/Patient/1") == {"k": "subject|https://them/fhir/Patient/1"}
    assert where("http://x/q|2.0", base=US) == {"k": "subject|http://x/q|2.0"}


def test_a_reference_of_another_type_than_the_one_that_counts_matches_nothing() -> None:
    assert where("Group/1", parameter=PATIENT) == {"k": {"$in": []}}
    assert where("Group/1", "Patient") == {"k": {"$in": []}}
    assert where("Group/1") == {"k": "subject|Group/1"}


def test_an_identifier_is_searched_like_a_token() -> None:
    assert where("urn:x|1", "identifier") == {"k": "subject:identifier|1|urn:x"}


@pytest.mark.parametrize("value", ["", " ", "#p"])
def test_another_text_is_refused(value: str) -> None:
    with pytest.raises(BadRequest, match=r"'subject'.*not a reference"):
        where(value)


def test_a_version_is_part_of_the_reference() -> None:
    assert where("Patient/1/_history/2") == {"k": "subject|Patient/1/_history/2"}


def test_any_version_is_the_address_or_one_that_goes_on() -> None:
    exact, longer = reference.any_version("q", "http://x/q|1")["$or"]
    assert exact == {"k": "q|http://x/q|1"}
    assert longer["k"]["$elemMatch"]["$gte"] == "q|http://x/q|1."
    assert reference.any_version("q", "http://x/q")["$or"][1]["k"]["$elemMatch"]["$gte"] == "q|http://x/q|"
    with pytest.raises(BadRequest, match=r"'q:below' has no address"):
        reference.any_version("q", " ")


def test_pointers_are_made_for_every_name_key_and_form() -> None:
    assert reference.pointers(["a", "b"], ["Patient/1"], US) == [
        "a|Patient/1",
        "b|Patient/1",
        f"a|{US}/Patient/1",
        f"b|{US}/Patient/1",
    ]
    assert reference.pointers(["a"], ["urn:uuid:1"], US) == ["a|urn:uuid:1"]


@pytest.mark.parametrize(
    ("text", "base", "expected"),
    [(f"{US}/Patient/1", US, "Patient/1"), ("Patient/1", US, "Patient/1"), (f"{US}/Patient/1", "", f"{US}/Patient/1")],
)
def test_the_address_of_this_server_is_taken_off(text: str, base: str, expected: str) -> None:
    assert reference.local(text, base) == expected


def test_a_reference_by_identifier_alone_is_a_value_too() -> None:
    direct, by_identifier = reference.present("subject", SUBJECT)["$or"]
    assert direct["k"]["$elemMatch"]["$gte"] == "subject|"
    assert by_identifier["k"]["$elemMatch"]["$gte"] == "subject:identifier|"


def test_where_only_one_type_counts_another_type_is_no_value() -> None:
    typed, contained, logical = reference.present("subject", PATIENT)["$or"]
    relative, absolute = typed["$or"]
    assert relative["k"]["$elemMatch"]["$gte"] == "subject|Patient/"
    assert absolute["k"]["$elemMatch"]["$regex"] == r"/Patient/[A-Za-z0-9\-.]+(/_history/.*)?$"
    assert contained == {"n": {"$elemMatch": {"t": {"$in": ["Patient"]}, "r": "subject"}}}
    assert logical == {"k": {"$in": ["subject:logical|", "subject:logical|Patient"]}}
