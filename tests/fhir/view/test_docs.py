"""The example of docs/how-to/run-a-view.md does what the page says."""

import re
from pathlib import Path
from typing import Any

from gateway.fhir import fhir_json
from gateway.fhir.view import compile  # noqa: A004
from gateway.fhir.view.formats import FORMATS

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "run-a-view.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def component(code: str, value: bytes) -> dict[str, Any]:
    coding = {"coding": [{"system": "http://loinc.org", "code": code}]}
    return {"code": coding, "valueQuantity": fhir_json.parse(b'{"value":%b}' % value)}


def test_the_example_gives_the_table_shown() -> None:
    pressure = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-01-31T08:00:00Z",
        "component": [component("8480-6", b"120"), component("8462-4", b"80.5")],
    }
    view = compile(fhir_json.parse(block("json")))
    encoder = FORMATS["csv"].encoder(view.columns, True)
    rows = list(view.rows([pressure, {**pressure, "code": {"text": "another"}}]))
    assert (encoder.rows(rows) + encoder.end()).decode() == block("csv")


def test_every_format_is_on_the_page() -> None:
    assert all(f"`{name}`" in PAGE for name in FORMATS)
