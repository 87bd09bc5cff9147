"""An element with a million attributes is refused before a parser has it."""

import pytest

from gateway.errors import Malformed
from gateway.fhir import xml
from gateway.fhir.validate import validate
from gateway.fhir.xml.prolog import LONGEST_NAME, LONGEST_TAG, MOST_ATTRIBUTES, is_crowded, is_oversized

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


MEGABYTE = 1024 * 1024
LONG = LONGEST_TAG + 2 * MEGABYTE


@pytest.mark.parametrize(
    ("text", "oversized"),
    [
        ("<a" + "b" * (LONGEST_NAME - 2) + "/>", False),
        ("<a" + "b" * (LONGEST_NAME + 1) + "/>", True),
        ("<a>" + " " * (MEGABYTE - 500) + "<a" + "b" * 5_000 + "/></a>", True),
        (f'<a b="{"x" * (LONGEST_TAG - 100)}"/>', False),
        (f'<a b="{"x" * LONG}"/>', True),
        (f"<a c='>' b='{'&#120;' * (LONG // 6)}'/>", True),
        (f"<a {'b' * LONG}='1'/>", True),
        (f'<a b=">">{"x" * LONG}</a>', False),  # text is read in pieces
    ],
    ids=range(8),
)
def test_what_expat_would_read_in_one_step_has_a_limit(text: str, oversized: bool) -> None:
    assert is_oversized(text.encode()) is oversized


def test_an_oversized_tag_is_refused_and_a_large_photo_is_read() -> None:
    with pytest.raises(Malformed, match="a tag of more than 16 MB"):
        xml.parse(f'<Patient xmlns="http://hl7.org/fhir"><language value="{"x" * LONG}"/></Patient>')
    data = "AAAA" * (2 * MEGABYTE)
    photo = f'<photo><contentType value="image/png"/><data value="{data}"/></photo>'
    assert xml.parse(f'<Patient xmlns="http://hl7.org/fhir">{photo}</Patient>')["photo"][0]["data"] == data


def test_a_narrative_in_json_with_an_oversized_tag_is_invalid() -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p title="{"x" * LONG}">y</p></div>'
    [issue] = validate({"resourceType": "Patient", "text": {"status": "generated", "div": div}})
    assert issue.expression == "Patient.text.div" and "a tag of more than 16 MB" in issue.text
