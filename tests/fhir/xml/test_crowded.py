"""An element with a million attributes is refused before a parser has it."""

import pytest

from gateway.errors import Malformed
from gateway.fhir import xml
from gateway.fhir.validate import validate
from gateway.fhir.xml.prolog import MOST_ATTRIBUTES, is_crowded

XHTML = "http://www.w3.org/1999/xhtml"


def element(attributes: int, name: str = "p") -> str:
    return f"<{name} " + " ".join(f'a{n}="x"' for n in range(attributes)) + "/>"


def test_a_resource_with_such_an_element_is_malformed() -> None:
    text = f'<Patient xmlns="http://hl7.org/fhir"><id value="x"/>{element(300_000, "name")}</Patient>'
    with pytest.raises(Malformed, match=f"more than {MOST_ATTRIBUTES} attributes"):
        xml.parse(text)


def test_a_narrative_in_json_with_one_is_invalid() -> None:
    div = f'<div xmlns="{XHTML}">{element(300_000)}</div>'
    resource = {"resourceType": "Patient", "text": {"status": "generated", "div": div}}
    [issue] = validate(resource)
    assert (issue.expression, issue.severity) == ("Patient.text.div", "error")
    assert f"more than {MOST_ATTRIBUTES} attributes" in issue.text


@pytest.mark.parametrize(
    ("text", "crowded"),
    [
        (element(MOST_ATTRIBUTES), False),
        (element(MOST_ATTRIBUTES + 1), True),
        ("<p>" + element(2) * 5_000 + "</p>", False),
        ("<p>" + '"quoted" text, ' * 5_000 + "</p>", False),
        ("x" * 3_000_000 + element(1_000), True),
        ("<" * 1_000_000, False),
        ("<a " * 500_000, False),
    ],
)
def test_only_attributes_of_one_element_count(text: str, crowded: bool) -> None:
    assert is_crowded(text.encode()) is crowded
