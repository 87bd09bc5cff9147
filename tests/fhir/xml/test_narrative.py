"""Narratives in JSON and XML (https://hl7.org/fhir/R4/narrative.html)."""

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.xml.narrative import Div, end, escaped, insertable

NAMESPACE = ' xmlns="http://www.w3.org/1999/xhtml"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a<b>&"c"', "a&lt;b&gt;&amp;&quot;c&quot;"),
        ("a\tb\nc\rd", "a&#9;b&#10;c&#13;d"),
        ("a\x00b\x1fc\ud800d\uffff", "a\ufffdb\ufffdc\ufffdd\ufffd"),
        ("Ä€😀", "Ä€😀"),
    ],
)
def test_a_text_is_escaped_for_an_attribute(text: str, expected: str) -> None:
    assert escaped(text) == expected


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_an_escaped_text_is_read_as_it_was(text: str) -> None:
    assert ElementTree.fromstring(f'<a b="{escaped(text)}"/>').get("b") == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"<div{NAMESPACE}><p>a</p></div>", f"<div{NAMESPACE}><p>a</p></div>"),
        (f"<!-- a --><div{NAMESPACE}>b</div><!-- c -->", f"<div{NAMESPACE}>b</div>"),
        ("<div>a</div>", f"<div{NAMESPACE}>a</div>"),
        ("<div/>", f"<div{NAMESPACE}/>"),
        (f"<div{NAMESPACE}/>", f"<div{NAMESPACE}/>"),
        (f"<div{NAMESPACE}>a&nbsp;b&copy;</div>", f"<div{NAMESPACE}>a&#160;b&#169;</div>"),
        ("text < alone", f"<div{NAMESPACE}>text &lt; alone</div>"),
        ("<p>a</p>", f"<div{NAMESPACE}>&lt;p&gt;a&lt;/p&gt;</div>"),
        ("<div>a", f"<div{NAMESPACE}>&lt;div&gt;a</div>"),
        ("<!DOCTYPE html><div>a</div>", f"<div{NAMESPACE}>&lt;!DOCTYPE html&gt;&lt;div&gt;a&lt;/div&gt;</div>"),
    ],
)
def test_the_div_of_json_becomes_one_well_formed_element(text: str, expected: str) -> None:
    assert insertable(text) == expected
    ElementTree.fromstring(expected)


@given(st.text(st.sampled_from("<>/&;div pa'\"=x"), max_size=30))
def test_any_text_becomes_a_well_formed_div(text: str) -> None:
    assert ElementTree.fromstring(insertable(text)).tag == "{http://www.w3.org/1999/xhtml}div"


def test_a_div_with_its_own_namespace_is_cut_out_as_it_is() -> None:
    data = f"<text><div{NAMESPACE}>a  &amp;<br/></div></text>".encode()
    div = Div(data, 6, own=True)
    assert div.start("http://www.w3.org/1999/xhtml div", {}) == ""
    div.characters("a  &")
    div.start("http://www.w3.org/1999/xhtml br", {})
    div.end("http://www.w3.org/1999/xhtml br", data.index(b"</div"))
    div.end("http://www.w3.org/1999/xhtml div", data.index(b"</div"))
    assert div.depth == 0
    assert div.text == f"<div{NAMESPACE}>a  &amp;<br/></div>"


def test_a_div_with_a_prefix_is_written_anew() -> None:
    div = Div(b"<h:div><h:br/></h:div>", 0, own=False)
    div.start("http://www.w3.org/1999/xhtml div", {"class": 'a"b'})
    div.characters("1 < 2")
    div.start("http://www.w3.org/1999/xhtml br", {})
    div.end("http://www.w3.org/1999/xhtml br", 0)
    div.end("http://www.w3.org/1999/xhtml div", 0)
    assert div.text == f'<div{NAMESPACE} class="a&quot;b">1 &lt; 2<br/></div>'


def test_an_element_of_another_namespace_is_no_narrative() -> None:
    div = Div(b"<x/>", 0, own=False)
    assert div.start("http://example.org x", {}) == "the narrative holds something that is not XHTML"
    attribute = {"http://example.org a": "b"}
    assert Div(b"<x/>", 0, own=False).start("http://www.w3.org/1999/xhtml div", attribute) != ""


def test_the_end_of_an_element_is_after_its_end_tag() -> None:
    assert end(b"<div>a</div>x", 6, False) == 12
    assert end(b"<div/>x", 6, True) == 6
