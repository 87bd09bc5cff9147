"""References by canonical address (https://hl7.org/fhir/R4/references.html#canonical)."""

from gateway.search.notation.canonicals import named_by, tokens_to, version_of

URL = "http://example.org/q"


def test_a_resource_is_pointed_to_in_its_version_or_in_none() -> None:
    tokens = [f"url|{URL}", "version|2.0|", "status|active|"]
    assert tokens_to(["questionnaire"], [tokens]) == [f"questionnaire|{URL}|", f"questionnaire|{URL}|2.0"]


def test_a_resource_without_a_version_is_pointed_to_by_its_address_alone() -> None:
    assert tokens_to(["a", "b"], [[f"url|{URL}"]]) == [f"a|{URL}|", f"b|{URL}|"]


def test_a_resource_without_an_address_is_not_pointed_to() -> None:
    assert tokens_to(["a"], [["version|1|", "code|x|"]]) == []


def test_the_same_pointer_of_two_resources_is_one() -> None:
    assert tokens_to(["a"], [[f"url|{URL}"], [f"url|{URL}"]]) == [f"a|{URL}|"]


def test_a_version_with_a_bar_is_read_from_its_token() -> None:
    assert tokens_to(["a"], [[f"url|{URL}", "version|1\x1f2|"]]) == [f"a|{URL}|", f"a|{URL}|1|2"]


def test_pointers_without_a_version_share_one_list() -> None:
    assert named_by([f"{URL}|", "http://example.org/p|"]) == [
        {"k": {"$in": ["url|http://example.org/p", f"url|{URL}"]}}
    ]


def test_a_pointer_with_a_version_asks_for_both() -> None:
    assert named_by([f"{URL}|2.0"]) == [{"$and": [{"k": f"url|{URL}"}, {"k": "version|2.0|"}]}]


def test_the_case_of_a_version_does_not_count() -> None:
    assert version_of(URL, "V2|b") == {"$and": [{"k": f"url|{URL}"}, {"k": "version|v2\x1fb|"}]}


def test_no_pointers_name_nothing() -> None:
    assert named_by([]) == []
