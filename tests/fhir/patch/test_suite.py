"""HL7's cases for FHIRPath Patch (FHIR/fhir-test-cases), read from the shared folder beside the project."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gateway.errors import Invalid
from gateway.fhir.patch import path_patch

from .xml import resource

FILE = Path(__file__).parents[3].parent / "shared" / "suites" / "fhirpath-patch" / "fhir-patch-tests.xml"


def _cases() -> list[object]:
    cases = ElementTree.parse(FILE).getroot() if FILE.exists() else []
    return [pytest.param(case, id=case.get("name")) for case in cases]


def _part(case: ElementTree.Element, name: str) -> dict[str, Any]:
    found = case.find(name)
    assert found is not None
    return _readable(resource(found[0]))


def _readable(json: Any) -> Any:
    """Narrative by its words and tags: how its XML is laid out and its namespace prefixed means nothing."""
    if isinstance(json, dict):
        return {key: _readable(value) for key, value in json.items()}
    if isinstance(json, list):
        return [_readable(item) for item in json]
    if isinstance(json, str) and "div" in json:
        return re.sub(r"\s+", "", re.sub(r"html:|:html|xmlns\S*?>", "", json))
    return json


@pytest.mark.skipif(not FILE.exists(), reason="the optional suite ../shared/suites/fhirpath-patch is not here")
@pytest.mark.parametrize("case", _cases())
def test_a_case_of_the_suite_gives_the_resource_expected(case: ElementTree.Element) -> None:
    before, patch = _part(case, "input"), _part(case, "diff")
    if case.find("error") is not None:
        with pytest.raises(Invalid):
            path_patch.apply(before, patch)
    else:
        assert _readable(path_patch.apply(before, patch)) == _part(case, "output")
