import time

import pytest

from gateway.fhir.validate import validate

NAMESPACE = 'xmlns="http://www.w3.org/1999/xhtml"'


def said(div: str) -> list[tuple[str, str, str]]:
    issues = validate({"resourceType": "Patient", "text": {"status": "generated", "div": div}})
    return [(issue.severity, issue.expression, issue.text) for issue in issues]


FINE = ["text", '<img src="x.png" alt="x"/>', '<a href="https://x.org/?a=b&amp;c">x</a>', "&#160;x"]
FINE += ["<table><tr><td>1</td></tr></table>", '<p style="color:red" class="x">é 山</p>', "<p/>x<!-- comment -->"]
FINE += [
    '<img src="data:image/png;base64,eA==" alt="x"/>',
    '<img src="data:image/svg+xml;base64,eA==" alt="x"/>',
    '<img src="#image" alt="x"/>',
    '<a href="Patient/javascript:1">x</a>',
    '<a href="mailto:x@y.org">x</a>',
    '<a href="urn:uuid:c757873d-ec9a-4326-a141-556f43239520">x</a>',
    '<q cite="https://x.org/javascript:">x</q>',
    '<p style="background:url(x.png); text-align:center">the data: 1, javascript: 2</p>',
    '<p title="javascript:x()">x</p>',
    '<p style="scroll-behavior:smooth; background:url(#x)">x</p>',
    f'<p style="background:url(data:image/png;base64,{"A" * 100_000}) no-repeat">x</p>',
    '<?mso-application progid="Word.Document"?>x',
]
ACTIVE = ["<script>x</script>", "x<iframe/>", "<form>x</form>", '<p onclick="x()">x</p>']
ACTIVE += [
    '<a href="javascript:x()">x</a>',
    '<a href=" java\tscript:x()">x</a>',
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
]
ACTIVE += [
    '<blockquote cite="javascript:x()">x</blockquote>',
    '<q cite="JaVaScRiPt:x()">x</q>',
    '<img src="vbscript:x()" alt="x"/>',
    '<img src="x.png" longdesc="javascript:x()" alt="x"/>',
    '<a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="javascript:x()">x</a>',
    '<a href="java&#x0A;script:x()">x</a>',
    '<a href="&#106;&#x61;vascript:x()">x</a>',
    '<a href="&amp;#106;avascript:x()">x</a>',
    '<a href="\u00a0javascript:x()">x</a>',
    '<a href="java\u00adscript:x()">x</a>',
    '<a href="data:text/html,x">x</a>',
    '<a href="data:text/html;base64,eA==">x</a>',
    '<a href="data:application/xhtml+xml,x">x</a>',
    '<a href="data:image/svg+xml,x">x</a>',
    '<a href="data:,x">x</a>',
    '<p style="background:url(javascript:x())">x</p>',
    """<p style="background:url( 'java\tscript:x()' )">x</p>""",
    '<p style="background:u\\72l(\\6a avascript:x())">x</p>',
    '<p style="background:url(java/**/script:x())">x</p>',
    '<p style="width:ex/**/pression(x())">x</p>',
    '<p style="-moz-binding:url(x.xml#x)">x</p>',
    '<p style="behavior:url(x.htc)">x</p>',
    '<p style="color:red;behavior:url(x.htc)">x</p>',
    '<p style="background:url(data:image/png;base64,A)url(javascript:x())">x</p>',
    '<p ONCLICK="x()">x</p>',
    '<p xmlns:h="http://www.w3.org/1999/xhtml" h:onclick="x()">x</p>',
    '<?xml-stylesheet type="text/xsl" href="x.xsl"?>x',
]
BROKEN = ["<p>x", "x & y", "&nbsp;x", "<p a=b>x</p>"]


@pytest.mark.parametrize("inside", FINE)
def test_text_tables_links_and_images_are_fine(inside: str) -> None:
    assert said(f"<div {NAMESPACE}>{inside}</div>") == []


@pytest.mark.parametrize("inside", [*ACTIVE, *BROKEN])
def test_active_content_and_broken_markup_are_refused(inside: str) -> None:
    ((severity, expression, text),) = said(f"<div {NAMESPACE}>{inside}</div>")
    assert (severity, expression) == ("error", "Patient.text.div")
    assert text.startswith("txt-1")


@pytest.mark.parametrize(
    "attribute",
    [
        "href='" + " " * 3_000_000 + "javascript:x()'",
        "href='" + "&#38;#32;" * 300_000 + "javascript:x()'",
        "style='" + "/*" * 1_000_000 + "'",
        "style='" + "url(" * 500_000 + "javascript:x()'",
        "style='" + "a:b;" * 500_000 + "background:url(x)'",
    ],
)
def test_what_is_long_enough_to_hide_something_is_refused_in_time(attribute: str) -> None:
    started = time.monotonic()
    assert "active content" in said(f"<div {NAMESPACE}><a {attribute}>x</a></div>")[0][2]
    assert time.monotonic() - started < 2


def test_a_large_picture_is_fine() -> None:
    assert said(f'<div {NAMESPACE}><img alt="x" src="data:image/png;base64,{"A" * 3_000_000}"/></div>') == []


@pytest.mark.parametrize("div", ["plain text", f"<p {NAMESPACE}>x</p>", f"<div {NAMESPACE}>x</div><div/>", "\x00"])
def test_the_narrative_is_one_div(div: str) -> None:
    assert said(div)[0][2].startswith("txt-1")


def test_a_document_type_is_refused_before_its_entities_grow() -> None:
    laughs = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    assert "document type" in said(f"{laughs}<div {NAMESPACE}>&b;</div>")[0][2]


@pytest.mark.parametrize("inside", ["", " \n ", "<p> </p>"])
def test_an_empty_narrative_is_refused(inside: str) -> None:
    assert said(f"<div {NAMESPACE}>{inside}</div>")[0][2].startswith("txt-2")


def test_a_missing_namespace_is_only_warned_of() -> None:
    assert [severity for severity, _, _ in said("<div>x</div>")] == ["warning"]


def test_a_narrative_needs_its_div() -> None:
    issues = validate({"resourceType": "Patient", "text": {"status": "empty"}})
    assert [issue.expression for issue in issues] == ["Patient.text.div"]
