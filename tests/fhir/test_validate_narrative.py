import pytest

from gateway.fhir.validate import validate

NAMESPACE = 'xmlns="http://www.w3.org/1999/xhtml"'


def said(div: str) -> list[tuple[str, str, str]]:
    issues = validate({"resourceType": "Patient", "text": {"status": "generated", "div": div}})
    return [(issue.severity, issue.expression, issue.text) for issue in issues]


FINE = ["text", '<img src="x.png" alt="x"/>', '<a href="https://x.org/?a=b&amp;c">x</a>', "&#160;x"]
FINE += ["<table><tr><td>1</td></tr></table>", '<p style="color:red" class="x">é 山</p>', "<p/>x<!-- comment -->"]
ACTIVE = ["<script>x</script>", "x<iframe/>", "<form>x</form>", '<p onclick="x()">x</p>']
ACTIVE += [
    '<a href="javascript:x()">x</a>',
    '<a href=" java\tscript:x()">x</a>',
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
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
