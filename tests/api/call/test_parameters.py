"""Parameters of operations, from the URL and from a Parameters resource."""

from typing import Any

import pytest

from gateway.api.call.call import Call
from gateway.api.call.parameters import parameters, text_parameters
from gateway.errors import BadRequest


def call(*items: Any, query: tuple[tuple[str, str], ...] = ()) -> Call:
    body = {"resourceType": "Parameters", "parameter": list(items)}
    return Call("http://gateway/fhir", "POST", query=query, resource=body)


def test_those_of_the_url_come_first() -> None:
    asked = call({"name": "_count", "valueInteger": 3}, {"name": "full", "valueBoolean": True}, query=(("a", "b"),))
    assert text_parameters(asked) == (("a", "b"), ("_count", "3"), ("full", "true"))


def test_without_a_body_only_the_url_counts() -> None:
    assert text_parameters(Call("http://gateway/fhir", "GET", query=(("a", "b"),))) == (("a", "b"),)


def test_each_parameter_comes_with_the_element_of_its_value() -> None:
    items = [{"name": "mode", "valueCode": "create"}, {"name": "empty"}, {"name": "part", "part": [{"name": "x"}]}]
    assert list(parameters({"parameter": items})) == [
        ("mode", ("valueCode", "create")),
        ("part", ("part", [{"name": "x"}])),
    ]


@pytest.mark.parametrize(
    ("items", "expression"),
    [
        (["text"], "Parameters.parameter[0]"),
        ([{"valueCode": "x"}], "Parameters.parameter[0]"),
        ([{"name": "a", "valueCode": "x", "valueString": "y"}], "Parameters.parameter[0]"),
        ([{"name": "a", "valueCoding": {"code": "x"}}], "Parameters.parameter.where(name = 'a')"),
    ],
)
def test_malformed_parameters_are_named(items: list[Any], expression: str) -> None:
    with pytest.raises(BadRequest) as caught:
        text_parameters(call(*items))
    assert caught.value.issues[0].expression == expression


def test_another_body_is_refused() -> None:
    with pytest.raises(BadRequest, match="Parameters"):
        text_parameters(Call("http://gateway/fhir", "POST", resource={"resourceType": "Patient"}))
