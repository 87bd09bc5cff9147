"""XML as it is written, and that nothing is lost on the way there and back."""

from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.errors import Malformed
from gateway.fhir import fhir_json, r4
from gateway.fhir.same_content import same_content
from gateway.fhir.validate import validate
from gateway.fhir.xml import dump, parse
from gateway.fhir.xml.layout import fields
from tests.fhir.test_validate_corpus import CORPUS, manifest, resources

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def written(**members: Any) -> str:
    """What stands within the Patient."""
    text = dump({"resourceType": "Patient", **members}).decode()
    assert text.startswith(f'{HEAD}<Patient xmlns="http://hl7.org/fhir"')
    return text.removeprefix(f'{HEAD}<Patient xmlns="http://hl7.org/fhir"').removesuffix("</Patient>").lstrip(">")


@pytest.mark.parametrize(
    ("members", "xml"),
    [
        ({}, "/>"),
        ({"active": True, "id": "p1"}, '<id value="p1"/><active value="true"/>'),
        ({"_birthDate": {"id": "b"}}, '<birthDate id="b"/>'),
        (
            {"name": [{"given": ["A", "B"], "family": "C"}]},
            "<name><family value=C/><given value=A/><given value=B/></name>",
        ),
        (
            {"name": [{"given": ["A", None], "_given": [None, {"id": "x"}]}]},
            "<name><given value=A/><given id=x/></name>",
        ),
        (
            {"extension": [{"valueDecimal": Decimal("1.00"), "url": "u"}]},
            "<extension url=u><valueDecimal value=1.00/></extension>",
        ),
        ({"contained": [{"resourceType": "Basic"}]}, "<contained><Basic/></contained>"),
        ({"text": {"div": f"{DIV}a&#160;</div>"}}, f"<text>{DIV}a&#160;</div></text>"),
        ({"text": {"div": f"<?xml version='1.0'?> {DIV}</div> "}}, f"<text>{DIV}</div></text>"),
        ({"text": {"div": "<div>a<br/></div>"}}, f"<text>{DIV}a<br/></div></text>"),
        ({"text": {"div": "<div/>"}}, '<text><div xmlns="http://www.w3.org/1999/xhtml"/></text>'),
        ({"text": {"div": f"{DIV}a&nbsp;b</div>"}}, f"<text>{DIV}a&#160;b</div></text>"),
        ({"name": [{"text": 'a\n\t\r<&">'}]}, "<name><text value=a&#10;&#9;&#13;&lt;&amp;&quot;&gt;/></name>"),
        ({"name": [{"text": "a\x00\x0b\ufffe"}]}, "<name><text value=a\ufffd\ufffd\ufffd/></name>"),
    ],
)
def test_members_become_elements_in_their_order(members: dict[str, Any], xml: str) -> None:
    assert written(**members).replace('"', "") == xml.replace('"', "")


@pytest.mark.parametrize(
    "div",
    [
        "<div>",
        "a <b",
        f"{DIV}</div></text><active value='true'/><text>{DIV}</div>",
        f"{DIV}</div>{DIV}</div>",
        '<script xmlns="http://www.w3.org/1999/xhtml"/>',
        '<div xmlns="http://x.example"/>',
        f'<!DOCTYPE div [<!ENTITY a "b">]>{DIV}&a;</div>',
        f"{DIV}\0</div>",
        f"{DIV}&foo;</div>",
        '<div xmlns="">a</div>',
        "\ufeff<div>a</div>",
        "<div>a</div>".encode("utf-16-le").decode(),
        "<h:div xmlns:h='http://www.w3.org/1999/xhtml'>a</h:div>",
    ],
)
def test_what_is_no_narrative_cannot_break_out(div: str) -> None:
    members = {"text": {"status": "generated", "div": div}, "birthDate": "1970"}
    found = parse(dump({"resourceType": "Patient", **members}))
    assert found.keys() == {"resourceType", "text", "birthDate"}
    assert found["text"]["div"].startswith(DIV)
    ElementTree.fromstring(found["text"]["div"])


@pytest.mark.parametrize(
    "members",
    [
        {"nme": 1},
        {"name": "x"},
        {"name": {"family": "x"}},
        {"name": [None, {}, [], {"given": "x"}, {"given": [[], {}]}]},
        {"active": {}, "_active": 3, "": 1, "_": 2, "id": ""},
        {"contained": [{}, {"resourceType": "Foo"}, {"resourceType": 1}, 3]},
        {"text": {"div": 3}, "birthDate": [1, None]},
    ],
)
def test_what_no_schema_knows_does_no_harm(members: dict[str, Any]) -> None:
    ElementTree.fromstring(dump({"resourceType": "Patient", **members}))


def test_pretty_is_the_same_with_margins() -> None:
    resource = {
        "resourceType": "Patient",
        "text": {"status": "generated", "div": f"{DIV} a\n</div>"},
        "contained": [{"resourceType": "Basic"}],
        "name": [{"given": ["A"]}],
    }
    text = dump(resource, pretty=True).decode()
    assert '\n  <name>\n    <given value="A"/>\n  </name>\n</Patient>' in text
    assert parse(text) == resource


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """With all precision, in any order of members, in whatever form JSON has for the same."""
    return same_content(fhir_json.dump(one), fhir_json.dump(other))


def bare_div(value: Any) -> bool:
    """Whether some narrative does not say its namespace, which XML cannot leave out."""
    if isinstance(value, dict):
        div = value.get("div")
        return (isinstance(div, str) and "http://www.w3.org/1999/xhtml" not in div) or any(
            map(bare_div, value.values())
        )
    return isinstance(value, list) and any(map(bare_div, value))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the checkout")
def test_real_payloads_come_back_as_they_were() -> None:
    changed, compared = [], 0
    for row in manifest():
        for resource in resources(row["file"]):
            if same(parse_back(resource), resource):
                compared += 1
            elif not bare_div(resource) and not any(issue.severity == "error" for issue in validate(resource)):
                changed.append(row["file"])
    assert changed == []
    assert compared > 900


def parse_back(resource: dict[str, Any]) -> dict[str, Any]:
    """Invalid ones may be written as something that is refused."""
    try:
        return parse(dump(resource))
    except (Malformed, KeyError):
        return {}


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=12
)
WORDS = (TEXT | st.sampled_from(["a\nb", "\tx", "<&>\"'", "]]>", "a\r\nb"])).filter(lambda text: text.strip() != "")
NUMBERS = st.sampled_from(["1.00", "-0", "0", "1e3", "12", "-3.50", "0.000000001"]).map(
    lambda t: fhir_json.parse_value(f"[{t}]")[0]
)
DIVS = st.sampled_from([f"{DIV}a</div>", f"{DIV}<p>&lt;é</p><br/>\n</div>", f'{DIV}<img alt=">"  /><!-- x --></div>'])
IDS = st.none() | st.from_regex(r"[a-z]{1,3}", fullmatch=True)


def primitive(code: str) -> st.SearchStrategy[Any]:
    match code:
        case "boolean":
            return st.booleans()
        case "decimal":
            return NUMBERS
        case "integer" | "positiveInt" | "unsignedInt":
            return st.integers(0, 2**31 - 1)
        case "xhtml":
            return DIVS
    return WORDS


@st.composite
def objects(draw: st.DrawFn, type_: str, depth: int) -> dict[str, Any]:
    """An object of the type: shaped as the definitions say, its values anything."""
    known = fields(type_)
    keys = [key for key, field in known.items() if depth or field.kind in ("primitive", "xhtml")]
    value: dict[str, Any] = {"resourceType": type_} if r4.types()[type_].kind == "resource" else {}
    if not value and (id_ := draw(IDS)):
        value["id"] = id_
    if type_ == "Extension":
        value["url"] = draw(WORDS)
    places = set[int]()
    for key in draw(st.lists(st.sampled_from(keys), max_size=4, unique=True)) if keys else []:
        if known[key].place not in places:
            places.add(known[key].place)
            draw_member(draw, value, key, type_, depth)
    return value


def draw_member(draw: st.DrawFn, value: dict[str, Any], key: str, type_: str, depth: int) -> None:
    field = fields(type_)[key]
    if field.kind in ("object", "resource"):
        of_type = (
            draw(st.sampled_from(["Basic", "Binary", "Patient", "Parameters"]))
            if field.kind == "resource"
            else field.type
        )
        one = objects(of_type, depth - 1).filter(bool)
        value[key] = draw(st.lists(one, min_size=1, max_size=2)) if field.many else draw(one)
        return
    if field.kind == "xhtml" or not field.many:
        value[key] = draw(primitive(field.type))
        return
    values = draw(st.lists(primitive(field.type) | st.none(), min_size=1, max_size=3))
    extras = [draw(EXTRAS if one is None else EXTRAS | st.none()) for one in values]
    if any(one is not None for one in values) or draw(st.booleans()):
        value[key] = values
    if any(extras) or draw(st.integers(0, 5)) == 0:
        value["_" + key] = extras


EXTRAS = st.fixed_dictionaries({"id": st.just("e")}, optional={"extension": st.just([{"url": "u", "valueCode": "c"}])})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.sampled_from(sorted(r4.resource_types())).flatmap(lambda type_: objects(type_, 3)), st.booleans())
def test_any_resource_comes_back_as_it_was(resource: dict[str, Any], pretty: bool) -> None:
    assert same(parse(dump(resource, pretty=pretty)), resource)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "text", "div", "_id", "id", "extension", "contained", "resourceType"]), inner
        )
    ),
    max_leaves=12,
)


@given(JUNK.filter(lambda value: isinstance(value, dict)))
@example({"contained": {"resourceType": []}})
def test_any_object_is_written_as_well_formed_xml(value: dict[str, Any]) -> None:
    ElementTree.fromstring(dump({**value, "resourceType": "Patient"}))
