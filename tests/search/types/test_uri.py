"""Addresses: https://hl7.org/fhir/R4/search.html#uri"""

from typing import Any

import pytest

from gateway.search.context import NO_CONTEXT
from gateway.search.definitions.parameters import Parameter
from gateway.search.types import uri

URL = Parameter("url", "uri", "", stored=("url",))


def where(value: str, modifier: str | None = None, name: str = "url") -> dict[str, Any]:
    return uri.where(name, URL, modifier, value, NO_CONTEXT)


@pytest.mark.parametrize(
    ("kind", "value", "tokens"),
    [
        ("uri", "http://x/a", ["url|http://x/a"]),
        ("uri", "http://x/a#b", ["url|http://x/a#b"]),
        ("canonical", "http://x/a#b", ["url|http://x/a#b", "url|http://x/a"]),
        ("canonical", "http://x/a|1.0", ["url|http://x/a|1.0", "url|http://x/a"]),
        ("canonical", "http://x/a|1.0#b", ["url|http://x/a|1.0#b", "url|http://x/a|1.0", "url|http://x/a"]),
        ("canonical", "#b", ["url|#b"]),
        ("uri", 5, []),
    ],
)
def test_an_address_is_indexed_in_every_form_it_is_found_by(kind: str, value: Any, tokens: list[str]) -> None:
    assert uri.index("url", kind, value) == tokens


def test_an_address_is_compared_as_a_whole() -> None:
    assert where("http://x/a") == {"k": "url|http://x/a"}
    assert where("urn:oid:1.2", "below") == {"k": "url|urn:oid:1.2"}


def test_below_an_address_is_what_begins_with_it() -> None:
    assert where("http://x/a/", "below")["k"]["$elemMatch"]["$gte"] == "url|http://x/a/"


def test_above_an_address_are_its_beginnings_at_each_slash() -> None:
    assert where("http://x/a/b", "above") == {
        "k": {
            "$in": [
                "url|http://x/a/b",
                "url|http:",
                "url|http:/",
                "url|http://x",
                "url|http://x/a",
                "url|http:/",
                "url|http://",
                "url|http://x/",
                "url|http://x/a/",
            ]
        }
    }


def test_the_version_of_a_resource_is_in_another_element() -> None:
    assert where("http://x/a|1.0") == {"$and": [{"k": "url|http://x/a"}, {"k": "version|1.0|"}]}
    assert where("http://x/a|1.0", name="instantiates-canonical") == {"k": "instantiates-canonical|http://x/a|1.0"}


def test_any_token_of_the_name_says_that_there_is_a_value() -> None:
    assert uri.present("url", URL)["k"]["$elemMatch"]["$gte"] == "url|"
