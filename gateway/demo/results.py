"""Show the results of the demo: the figures, and for each an address where a browser or curl sees the same."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from gateway.demo.ask import HIGH_PRESSURE
from gateway.demo.edit import ADDRESS
from gateway.demo.processes import Site

_SYSTOLIC = "http://loinc.org|8480-6"


@dataclass(frozen=True)
class Summary:
    """The last line of `make demo ONCE=1`: what our gateway holds, and what moved.

    edits_at_partner: patients at the partner with the edit of an internal document.
    pulled, pushed: resources of the exchange.
    high_pressure: patients with a systolic pressure above 140 mm[Hg], by FHIR search.
    high_pressure_by_documents: the same by the internal documents; None without mongomotor.
    one_record: resources in the record of `record_of`, the id of one of them; "" if there is none.
    seconds: of the whole story.
    resources_per_second: while our hospital was filled.
    """

    patients: int
    observations: int
    documents: int
    findings: int
    local_codes: int
    edits_at_partner: int
    pulled: int
    pushed: int
    dead_letters: int
    risk_assessments: int
    high_pressure: int
    high_pressure_by_documents: int | None
    one_record: int
    record_of: str
    seconds: float
    resources_per_second: float

    def json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class ResultRow:
    """A line of the table at the end: what was counted, the count as text, and the address that shows it."""

    what: str
    count: str
    url: str


def rows(summary: Summary, ours: Site, partner: Site) -> list[ResultRow]:
    """Return the table at the end. Every address answers GET; none needs quoting beyond '…' in a shell."""
    documents = summary.high_pressure_by_documents
    pressures = _query(
        {"components.code_keys": _SYSTOLIC, "components.measured.number:gt": "140", "sort": "-effective.start"}
    )
    record = f"/fhir/Patient/{summary.record_of}/$everything" if summary.record_of else "/fhir/Patient"
    return [
        ResultRow("Patients", f"{summary.patients:,}", f"{ours.url}/patients"),
        ResultRow("Observations", f"{summary.observations:,}", f"{ours.url}/fhir/Observation"),
        ResultRow("Internal documents", f"{summary.documents:,}", f"{ours.url}/internal/observations"),
        ResultRow("Findings of data quality", f"{summary.findings:,}", f"{ours.url}/quality"),
        ResultRow("Local codes without LOINC", f"{summary.local_codes:,}", f"{ours.url}/codes"),
        ResultRow(
            "Documents edited, seen there",
            f"{summary.edits_at_partner:,}",
            f"{partner.url}/fhir/Patient?{_query({'email': ADDRESS})}",
        ),
        ResultRow("Pulled from the partner", f"{summary.pulled:,}", _patients_of(partner, at=ours)),
        ResultRow("Pushed to the partner", f"{summary.pushed:,}", _patients_of(ours, at=partner)),
        ResultRow("Dead letters", f"{summary.dead_letters:,}", f"{ours.url}/internal/letters"),
        ResultRow("Risk assessments", f"{summary.risk_assessments:,}", f"{ours.url}/fhir/RiskAssessment"),
        ResultRow(
            "Patients, systolic over 140",
            f"{summary.high_pressure:,}",
            f"{ours.url}/fhir/Patient?{_query(HIGH_PRESSURE)}",
        ),
        ResultRow(
            "The same, by documents",
            "no mongomotor" if documents is None else f"{documents:,}",
            f"{ours.url}/internal/observations?{pressures}",
        ),
        ResultRow("In the record of one of them", f"{summary.one_record:,}", f"{ours.url}{record}"),
        ResultRow("Seconds in all", f"{summary.seconds:,.1f}", f"{ours.url}/"),
        ResultRow("Resources a second in", f"{summary.resources_per_second:,.0f}", f"{ours.url}/metrics"),
    ]


def command_line(site: Site) -> str:
    """Return the shell commands after which `gateway …` works on the data of `site`, while the demo runs and later."""
    folder = _quoted(site.folder.resolve())
    return f"export GATEWAY_DATA_DIR={folder} GATEWAY_SITE={site.name} GATEWAY_PORT={site.port}"


def _patients_of(owner: Site, *, at: Site) -> str:
    return f"{at.url}/fhir/Patient?{_query({'identifier': f'https://{owner.name}.example/fhir/mrn|'})}"


def _query(parameters: dict[str, str]) -> str:
    """Return a query string in which no character ends a link that a terminal recognizes."""
    return "&".join(f"{name}={quote(value, safe=':/.-@')}" for name, value in parameters.items())


def _quoted(path: Path) -> str:
    text = str(path)
    return f"'{text}'" if " " in text else text
