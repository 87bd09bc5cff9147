import pytest

from gateway.fhir.path.suggestions import for_element, for_function


@pytest.mark.parametrize(
    ("type_", "name", "suggestion"),
    [
        ("Observation", "valueQuantity", "; write value.ofType(Quantity): valueQuantity is its name in JSON"),
        ("Patient", "_birthDate", "; write birthDate.extension('…'): _birthDate is its name in JSON"),
        ("Patient", "birthdate", "; did you mean birthDate?"),
        ("Patient", "birth_date", "; did you mean birthDate?"),
        ("HumanName", "familiy", "; did you mean family?"),
        ("Patient", "exists", "; did you mean exists()?"),
        ("Observation", "x", "; a choice such as value[x] is written without [x]"),
        ("Patient", "zzzz", ""),
    ],
)
def test_an_unknown_element_has_a_suggestion(type_: str, name: str, suggestion: str) -> None:
    assert for_element([type_], name) == suggestion


def test_an_unknown_function_has_a_suggestion() -> None:
    assert for_function("oftype") == "; did you mean ofType()?"
    assert for_function("zzzz") == ""
