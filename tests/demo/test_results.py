"""The table at the end of the demo: every figure with an address that shows it."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from gateway.cli.demo import next_steps, table
from gateway.demo.processes import Site
from gateway.demo.results import ResultRow, Summary, command_line, rows

OURS, PARTNER = Site("northgate", 8080, Path("data/ours")), Site("lakeside", 8081, Path("data/theirs"))
SUMMARY = Summary(
    patients=12,
    observations=1200,
    documents=1300,
    findings=7,
    local_codes=6,
    edits_at_partner=1,
    pulled=5,
    pushed=6,
    dead_letters=0,
    risk_assessments=9,
    high_pressure=2,
    high_pressure_by_documents=2,
    one_record=30,
    record_of="p1",
    seconds=12.34,
    resources_per_second=745.4,
)


def row(what: str, summary: Summary = SUMMARY) -> ResultRow:
    (found,) = [row for row in rows(summary, OURS, PARTNER) if row.what == what]
    return found


def query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def test_patients_with_a_high_pressure_are_shown_by_the_search_that_counted_them() -> None:
    found = row("Patients, systolic over 140")
    assert found.count == "2"
    assert query(found.url) == {
        "_has:Observation:patient:combo-code-value-quantity": [
            "http://loinc.org|8480-6$gt140|http://unitsofmeasure.org|mm[Hg]"
        ]
    }


def test_the_record_is_that_of_the_patient_it_was_counted_of() -> None:
    assert row("In the record of one of them").url == "http://127.0.0.1:8080/fhir/Patient/p1/$everything"


def test_the_edit_is_shown_at_the_partner() -> None:
    found = row("Documents edited, seen there")
    assert found.url.startswith("http://127.0.0.1:8081/fhir/Patient?")
    assert query(found.url) == {"email": ["seen.by.the.application@northgate.example"]}


def test_what_moved_is_shown_where_it_went() -> None:
    pulled, pushed = row("Pulled from the partner").url, row("Pushed to the partner").url
    assert (urlsplit(pulled).port, query(pulled)) == (8080, {"identifier": ["https://lakeside.example/fhir/mrn|"]})
    assert (urlsplit(pushed).port, query(pushed)) == (8081, {"identifier": ["https://northgate.example/fhir/mrn|"]})


def test_without_mongomotor_the_table_says_so() -> None:
    summary = Summary(**{**vars(SUMMARY), "high_pressure_by_documents": None})
    assert row("The same, by documents", summary).count == "no mongomotor"


def test_no_address_holds_a_character_that_ends_a_link() -> None:
    for found in rows(SUMMARY, OURS, PARTNER):
        assert not set(found.url) & set(" |[]<>\"'`"), found.url


def test_an_address_that_does_not_fit_has_a_line_of_its_own() -> None:
    lines = table(
        [ResultRow("Patients", "12", "http://a/patients"), ResultRow("Wide", "1,200", "http://a/" + "x" * 60)], 60
    )
    assert lines == [
        "What happened",
        "Patients     12  http://a/patients",
        "Wide      1,200",
        "  http://a/" + "x" * 60,
    ]


def test_the_command_line_is_led_to_the_data_of_our_hospital() -> None:
    export = command_line(Site("northgate", 8090, Path("/tmp/my data/northgate")))
    assert export == "export GATEWAY_DATA_DIR='/tmp/my data/northgate' GATEWAY_SITE=northgate GATEWAY_PORT=8090"
    assert f"  {export}" in next_steps(export, once=False)
    assert "Ctrl-C" in next_steps(export, once=False)[-1]
    assert not any("Ctrl-C" in line for line in next_steps(export, once=True))
