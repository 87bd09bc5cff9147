"""Narratives (https://hl7.org/fhir/R4/narrative.html#xhtml)."""

import pytest

from gateway.fhir.path.xhtml import is_narrative

HEAD = '<div xmlns="http://www.w3.org/1999/xhtml"'


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}>text</div>",
        f'{HEAD}><p class="a" title="b">x</p></div>',
        f'{HEAD}><img src="#a" alt=""/></div>',
        f'{HEAD} xml:lang="en" lang="en"><a href="http://example.org">x</a></div>',
        f"{HEAD}><table><tbody><tr><td>x</td></tr></tbody></table></div>",
        f"{HEAD}>&nbsp;&copy; x &amp; y</div>",
    ],
)
def test_formatting_and_links_are_allowed(text: str) -> None:
    assert is_narrative(text)


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}></div>",
        f"{HEAD}><p> </p></div>",
        "<div>without namespace</div>",
        f"{HEAD}><script>x</script></div>",
        f'{HEAD}><p onclick="x()">x</p></div>',
        f'{HEAD}><form action="x">x</form></div>',
        f"{HEAD}>not closed",
        "text alone",
        '<p xmlns="http://www.w3.org/1999/xhtml">x</p>',
        f"<!DOCTYPE html>{HEAD}>x</div>",
        f'<!DOCTYPE div [<!ENTITY a "x">]>{HEAD}>&a;</div>',
    ],
)
def test_active_content_and_empty_narratives_are_refused(text: str) -> None:
    assert not is_narrative(text)
