"""XML as it is read: what it means in JSON, and what is refused, where."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Malformed
from gateway.fhir.xml import parse

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'


def patient(inner: str, attributes: str = "") -> str:
    return f'<Patient xmlns="http://hl7.org/fhir"{attributes}>{inner}</Patient>'


def read(inner: str) -> dict[str, Any]:
    """The members of a Patient."""
    found = parse(patient(inner))
    assert found.pop("resourceType") == "Patient"
    return found


@pytest.mark.parametrize(
    ("inner", "members"),
    [
        ("", {}),
        ('<id value="p1"/><active value="true"/>', {"id": "p1", "active": True}),
        ('<multipleBirthInteger value="2"/>', {"multipleBirthInteger": 2}),
        ('<birthDate value="1970"/>', {"birthDate": "1970"}),
        ('<birthDate id="b"/>', {"_birthDate": {"id": "b"}}),
        (
            '<birthDate id="b" value="1970"><extension url="u"><valueCode value="c"/></extension></birthDate>',
            {"birthDate": "1970", "_birthDate": {"id": "b", "extension": [{"url": "u", "valueCode": "c"}]}},
        ),
        ('<name id="n"><family value="A"/></name>', {"name": [{"id": "n", "family": "A"}]}),
        ('<name><given value="A"/><given value="B"/></name>', {"name": [{"given": ["A", "B"]}]}),
        (
            '<name><given value="A"/><given id="x"/></name>',
            {"name": [{"given": ["A", None], "_given": [None, {"id": "x"}]}]},
        ),
        (
            '<name><given id="x"/><given value="B"/></name>',
            {"name": [{"given": [None, "B"], "_given": [{"id": "x"}, None]}]},
        ),
        ('<name><given id="x"/></name>', {"name": [{"given": [None], "_given": [{"id": "x"}]}]}),
        (
            '<contained><Basic><id value="a"/></Basic></contained>',
            {"contained": [{"resourceType": "Basic", "id": "a"}]},
        ),
        ('<name><text value=" a&#10;b&#9;&lt;&amp;&#x20AC; "/></name>', {"name": [{"text": " a\nb\t<&€ "}]}),
        ("<!-- a --><active value='false'/>\n<!-- b -->", {"active": False}),
    ],
)
def test_elements_become_members(inner: str, members: dict[str, Any]) -> None:
    assert read(inner) == members


@pytest.mark.parametrize("text", ["1.00", "-0", "0.10", "1e3", "1E-2", "120", "123456789012345678901234567890"])
def test_a_number_is_kept_as_written(text: str) -> None:
    [extension] = read(f'<extension url="u"><valueDecimal value="{text}"/></extension>')["extension"]
    value = extension["valueDecimal"]
    assert type(value) is (int if text.isdigit() else Decimal)
    assert Decimal(value).as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize(
    ("type_", "text"), [("Boolean", "1"), ("Decimal", "1,5"), ("Integer", "007"), ("Integer", "x")]
)
def test_what_is_no_value_of_its_type_is_left_for_the_validator(type_: str, text: str) -> None:
    [extension] = read(f'<extension url="u"><value{type_} value="{text}"/></extension>')["extension"]
    assert extension[f"value{type_}"] == text


def test_an_integer_may_have_a_plus() -> None:
    assert read('<multipleBirthInteger value="+2"/>') == {"multipleBirthInteger": 2}


def test_resources_stand_in_bundles_and_parameters() -> None:
    bundle = parse(
        '<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>'
        '<entry><fullUrl value="urn:x"/><resource><Patient/></resource></entry><entry><resource>'
        '<Parameters><parameter><name value="r"/><resource><Basic><id value="b"/></Basic></resource>'
        '<part><name value="p"/><valueString value="s"/></part></parameter></Parameters></resource></entry></Bundle>'
    )
    inner = {"name": "r", "resource": {"resourceType": "Basic", "id": "b"}, "part": [{"name": "p", "valueString": "s"}]}
    assert bundle["entry"] == [
        {"fullUrl": "urn:x", "resource": {"resourceType": "Patient"}},
        {"resource": {"resourceType": "Parameters", "parameter": [inner]}},
    ]


@pytest.mark.parametrize(
    "div",
    [
        f"{DIV}a</div>",
        f"{DIV}</div>",
        '<div xmlns="http://www.w3.org/1999/xhtml"/>',
        '<div xmlns="http://www.w3.org/1999/xhtml" />',
        f"{DIV}<br/></div>",
        f"{DIV}/></div>",
        f"{DIV}<!-- c --> a &#160; &lt; <b title='>' >é</b>\n</div >",
        f'{DIV}<a href="x">y</a><![CDATA[<&]]></div>',
        '<div class="/>" xmlns="http://www.w3.org/1999/xhtml">a</div>',
    ],
)
def test_the_narrative_is_kept_as_it_stands(div: str) -> None:
    text = f'<text><status value="generated"/>{div}</text>'
    assert read(text)["text"]["div"] == div
    assert read(f"<text>\n<status value='generated'/>\n{div}\n</text><active value='true'/>")["text"]["div"] == div


def test_a_narrative_with_a_prefix_is_written_with_its_own_namespace() -> None:
    div = '<h:div><h:p title="&quot;&lt;" xml:lang="de">a &lt; b<h:br/></h:p></h:div>'
    found = parse(
        f'<Patient xmlns="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><text>{div}</text></Patient>'
    )
    assert found["text"]["div"] == f'{DIV}<p title="&quot;&lt;" xml:lang="de">a &lt; b<br/></p></div>'


def test_prefixes_are_the_senders_choice() -> None:
    text = '<f:Patient xmlns:f="http://hl7.org/fhir" xmlns="http://www.w3.org/1999/xhtml"><f:text><div>a</div></f:text></f:Patient>'
    assert parse(text) == {"resourceType": "Patient", "text": {"div": f"{DIV}a</div>"}}


def test_a_byte_order_mark_and_a_declaration_are_fine() -> None:
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + patient('<active value="true"/>')
    assert parse(b"\xef\xbb\xbf" + text.encode()) == {"resourceType": "Patient", "active": True}


@pytest.mark.parametrize(
    ("inner", "expression", "text"),
    [
        ("<nme/>", "Patient.nme", "unknown element 'nme' in Patient"),
        ('<name><familly value="a"/></name>', "Patient.name[0].familly", "unknown element"),
        ('<active value="true" x="1"/>', "Patient.active", "unknown attribute 'x'"),
        ('<name value="x"/>', "Patient.name[0]", "unknown attribute 'value'"),
        ('<name><given value="a"/><given value=""/></name>', "Patient.name[0].given[1]", "attribute value is empty"),
        ('<name><given value=" &#9; "/></name>', "Patient.name[0].given[0]", "attribute value is empty"),
        ("<name/>", "Patient.name[0]", "must have a value or children"),
        ("<active/>", "Patient.active", "must have a value or children"),
        ('<active value="true"/><id value="1"/>', "Patient.id", "id must come before active"),
        ('<name><given value="a"/><family value="b"/></name>', "Patient.name[0].family", "must come before given"),
        ('<active value="true"/><active value="true"/>', "Patient.active", "may not be repeated"),
        (
            '<deceasedBoolean value="true"/><deceasedDateTime value="2020"/>',
            "Patient.deceased.ofType(dateTime)",
            "found both deceasedBoolean and deceasedDateTime",
        ),
        ("text", "Patient", "text between the elements"),
        ("<active>true</active>", "Patient.active", "text between the elements"),
        ('<active value="true">\u00a0</active>', "Patient.active", "text between the elements"),
        ("<contained/>", "Patient.contained[0]", "must have a value or children"),
        ("<contained><Basic/><Basic/></contained>", "Patient.contained[0]", "more than one resource"),
        ("<contained><Foo/></contained>", "Patient.contained[0]", "'Foo' is not a resource type"),
        ('<contained id="x"><Basic/></contained>', "Patient.contained[0]", "unknown attribute 'id'"),
        ("<text><div>a</div></text>", "Patient.text.div", "not in the namespace http://www.w3.org/1999/xhtml"),
        (
            '<active xmlns="http://x.example" value="true"/>',
            "Patient.active",
            "not in the namespace http://hl7.org/fhir",
        ),
        ('<active xmlns="" value="true"/>', "Patient.active", "not in the namespace"),
        ("<active value='true'/><?php x?>", "Patient", "processing instruction"),
        ('<value value="x"/>', "Patient.value", "unknown element"),
        ('<extension url="u"><valueFoo value="x"/></extension>', "Patient.extension[0].valueFoo", "unknown element"),
        ('<extension url="u"><url value="x"/></extension>', "Patient.extension[0].url", "unknown element 'url'"),
        ('<multipleBirthInteger value="1e999"/>', "Patient.multipleBirth.ofType(integer)", "out of range"),
        (
            "<contained><Basic><code/></Basic></contained>",
            "Patient.contained[0].code",
            "must have a value or children",
        ),
    ],
)
def test_what_the_schema_forbids_is_refused_where_it_stands(inner: str, expression: str, text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(patient(f"\n{inner}"))
    assert refused.value.issues[0].expression == expression
    assert text.lower() in refused.value.text.lower()
    assert "at line 2, column " in refused.value.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "{}",
        "<Patient/>",
        '<Patient xmlns="http://hl7.org/fhir"/><Patient xmlns="http://hl7.org/fhir"/>',
        '<Patient xmlns="http://hl7.org/fhir" id="1"/>',
        '<Patient xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="http://hl7.org/fhir ../patient.xsd"/>',
        '<Foo xmlns="http://hl7.org/fhir"/>',
        '<DomainResource xmlns="http://hl7.org/fhir"/>',
        '<HumanName xmlns="http://hl7.org/fhir"><family value="x"/></HumanName>',
        '<Patient xmlns="http://hl7.org/fhir">',
        '<?xml version="1.0" encoding="ISO-8859-1"?><Patient xmlns="http://hl7.org/fhir"/>',
        '<?xml-stylesheet href="x"?><Patient xmlns="http://hl7.org/fhir"/>',
        patient("<name><text value='&nbsp;'/></name>"),
        patient("<name><text value='a' value='b'/></name>"),
        patient("<name><text value='&#0;'/></name>"),
        patient("<x:active xmlns:y='http://hl7.org/fhir' value='true'/>"),
    ],
)
def test_what_is_no_fhir_xml_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse(text)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1", "cp037"])
def test_another_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(Malformed):
        parse(patient('<name><text value="é"/></name>').encode(encoding))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "prolog",
    [
        "<!DOCTYPE Patient>",
        '<!DOCTYPE Patient SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE Patient [<!ENTITY l "file:///etc/passwd">]>',
        '<!DOCTYPE Patient [<!ENTITY l SYSTEM "file:///etc/passwd">]>',
        f'<!DOCTYPE Patient [<!ENTITY l0 "lol">{LAUGHS}<!ENTITY l "&l9;">]>',
        '<?xml version="1.0"?>\n<!-- <a> --><?x y?>\n<!DOCTYPE Patient [<!ENTITY % l SYSTEM "http://127.0.0.1:9/">%l;]>',
        '<!-- - -- ->--><!DOCTYPE Patient [<!ATTLIST Patient id CDATA "x">]>',
    ],
)
def test_no_document_type_is_taken(prolog: str) -> None:
    with pytest.raises(Malformed):
        parse(prolog + patient("<name><text value='&l;'/></name>"))


def test_nesting_has_an_end() -> None:
    def nested(levels: int) -> str:
        return patient('<extension url="u">' * levels + '<valueCode value="c"/>' + "</extension>" * levels)

    assert parse(nested(20))["resourceType"] == "Patient"
    for levels in (40, 70, 100_000):
        with pytest.raises(Malformed, match="ested deeper"):
            parse(nested(levels))
    deep = patient(f"<text>{DIV}{'<b>' * 100_000}{'</b>' * 100_000}</div></text>")
    with pytest.raises(Malformed, match="ested deeper"):
        parse(deep)


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


DAMAGES = st.sampled_from([b"<", b"&", b'"', b"</name>", b"<div/>"])
SOUND = patient(
    f'<id value="1"/><text><status value="generated"/>{DIV}<p>a</p></div></text><contained><Basic/></contained>'
    '<name><given value="x"/><given id="y"/></name><birthDate value="1970"/>'
).encode()


@given(
    st.integers(0, len(SOUND)),
    st.integers(0, 12),
    st.binary(max_size=6) | DAMAGES,
)
def test_damaged_documents_are_read_or_refused(at: int, length: int, instead: bytes) -> None:
    try:
        found = parse(SOUND[:at] + instead + SOUND[at + length :])
    except Malformed:
        return
    assert found["resourceType"] == "Patient"
