"""The kinds of searches, each a function that makes one question of sampled values. A new kind is one line in KINDS."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from benchmarks.search import codes, population
from benchmarks.search.codes import LOINC, SNOMED
from benchmarks.search.population import END, MRN

Pairs = list[tuple[str, str]]
_COUNT = ("_count", "20")


@dataclass(frozen=True, slots=True)
class Sample:
    """Values as clients ask for them: of patients that are there, codes as often as they occur."""

    of: random.Random
    patients: int

    @property
    def patient(self) -> dict[str, Any]:
        return population.patient(self.of.randrange(self.patients))

    @property
    def reference(self) -> str:
        return f"Patient/p{self.of.randrange(self.patients)}"

    @property
    def measure(self) -> codes.Measure:
        return self.of.choices(codes.MEASURES, cum_weights=codes.MEASURE_WEIGHTS)[0]

    @property
    def condition(self) -> str:
        return self.of.choices(codes.CONDITIONS, cum_weights=codes.CONDITION_WEIGHTS)[0][0]

    @property
    def words(self) -> str:
        """What the name of a condition begins with."""
        return self.of.choices(codes.CONDITIONS, cum_weights=codes.CONDITION_WEIGHTS)[0][1].partition(" ")[0]

    @property
    def mrn(self) -> str:
        return f"{MRN}|{self.patient['identifier'][0]['value']}"

    def day(self, back: int = 0, *, within: int = 5 * 365 - 30) -> str:
        """A day at least `back` days before the end of the data."""
        return (END - timedelta(days=self.of.randrange(back, within))).date().isoformat()

    @property
    def quantity(self) -> tuple[codes.Measure, str]:
        """A measure and a value that one in ten exceeds."""
        measure = self.of.choice([measure for measure in codes.MEASURES if measure is not codes.PRESSURE])
        return measure, f"{measure.middle + 1.3 * measure.spread:.4g}"


Ask = Callable[[Sample], Pairs]
KINDS: dict[str, tuple[str, Ask]] = {
    "patient, code, date": (
        "Observation",
        lambda s: [("patient", s.reference), ("code", f"{LOINC}|{s.measure.code}"), ("date", f"ge{s.day()}")],
    ),
    "code, newest": ("Observation", lambda s: [("code", f"{LOINC}|{s.measure.code}"), ("_sort", "-date")]),
    "code without system, newest": ("Observation", lambda s: [("code", s.measure.code), ("_sort", "-date")]),
    "code, date range": (
        "Observation",
        lambda s: [
            ("code", f"{LOINC}|{s.measure.code}"),
            ("date", f"ge{(d := s.day(30))}"),
            ("date", f"lt{_later(d, 7)}"),
        ],
    ),
    "patient, all of one code": (
        "Observation",
        lambda s: [("patient", s.reference), ("code", f"{LOINC}|{s.measure.code}")],
    ),
    "patient, category": (
        "Observation",
        lambda s: [("patient", s.reference), ("category", "vital-signs"), ("_sort", "-date")],
    ),
    "patient, status, date": (
        "Observation",
        lambda s: [("status", "final"), ("date", f"ge{s.day()}"), ("subject", s.reference)],
    ),
    "date, newest": ("Observation", lambda s: [("date", f"ge{s.day(30)}"), ("_sort", "-date")]),
    "one day": ("Observation", lambda s: [("date", s.day())]),
    "date, oldest": ("Observation", lambda s: [("date", f"ge{s.day(30)}"), ("_sort", "date")]),
    "_lastUpdated": ("Observation", lambda s: [("_lastUpdated", f"ge{s.day(1, within=30)}")]),
    "_lastUpdated, sorted": (
        "Observation",
        lambda s: [("_lastUpdated", f"ge{s.day(1, within=30)}"), ("_sort", "_lastUpdated")],
    ),
    "value-quantity": ("Observation", lambda s: [("value-quantity", f"gt{s.quantity[1]}")]),
    "value-quantity, unit": (
        "Observation",
        lambda s: [("value-quantity", f"gt{(q := s.quantity)[1]}|{codes.UCUM}|{q[0].unit}")],
    ),
    "code, value-quantity": (
        "Observation",
        lambda s: [("code", f"{LOINC}|{(q := s.quantity)[0].code}"), ("value-quantity", f"gt{q[1]}")],
    ),
    "code-value-quantity": (
        "Observation",
        lambda s: [("code-value-quantity", f"{LOINC}|{(q := s.quantity)[0].code}$gt{q[1]}")],
    ),
    "identifier": ("Patient", lambda s: [("identifier", s.mrn)]),
    "identifier, value alone": ("Patient", lambda s: [("identifier", s.mrn.partition("|")[2])]),
    "name, beginning": ("Patient", lambda s: [("name", s.patient["name"][0]["family"][:4])]),
    "family and given": (
        "Patient",
        lambda s: [("family", (n := s.patient["name"][0])["family"]), ("given", n["given"][0])],
    ),
    "family:exact": ("Patient", lambda s: [("family:exact", s.patient["name"][0]["family"])]),
    "name:contains": ("Patient", lambda s: [("name:contains", s.patient["name"][0]["family"][1:6])]),
    "birthdate": ("Patient", lambda s: [("birthdate", s.patient["birthDate"])]),
    "birthdate range": (
        "Patient",
        lambda s: [("birthdate", f"ge{(d := s.patient['birthDate'])}"), ("birthdate", f"lt{_later(d, 365)}")],
    ),
    "gender, birthdate": (
        "Patient",
        lambda s: [
            ("gender", "female"),
            ("birthdate", f"ge{(d := s.patient['birthDate'])}"),
            ("birthdate", f"lt{_later(d, 90)}"),
        ],
    ),
    "name, sorted by name": ("Patient", lambda s: [("name", s.patient["name"][0]["family"][:4]), ("_sort", "family")]),
    "all, sorted by birthdate": ("Patient", lambda s: [("_sort", "birthdate")]),
    "all, sorted by name": ("Patient", lambda s: [("_sort", "family")]),
    "chain, patient.name": ("Observation", lambda s: [("patient.name", s.patient["name"][0]["family"])]),
    "chain, identifier": ("Observation", lambda s: [("subject:Patient.identifier", s.mrn)]),
    "chain, identifier, code": (
        "Observation",
        lambda s: [("subject:Patient.identifier", s.mrn), ("code", f"{LOINC}|{s.measure.code}")],
    ),
    "chain, gender, code": (
        "Observation",
        lambda s: [
            ("patient.gender", "female"),
            ("patient.family", s.patient["name"][0]["family"]),
            ("code", s.measure.code),
        ],
    ),
    "_has, with family": (
        "Patient",
        lambda s: [
            ("family", s.patient["name"][0]["family"]),
            ("_has:Condition:patient:code", f"{SNOMED}|{s.condition}"),
        ],
    ),
    "_has, code and value": (
        "Patient",
        lambda s: [("_has:Observation:patient:code-value-quantity", f"{LOINC}|{codes.MEASURES[2].code}$gt38.5")],
    ),
    "_content, a family": ("Patient", lambda s: [("_content", s.patient["name"][0]["family"])]),
    "code:text": ("Condition", lambda s: [("code:text", s.words)]),
    "patient, code:text": ("Observation", lambda s: [("patient", s.reference), ("code:text", s.measure.display[:6])]),
    "_include": (
        "Observation",
        lambda s: [("code", f"{LOINC}|{s.measure.code}"), ("_sort", "-date"), ("_include", "Observation:patient")],
    ),
    "_revinclude": ("Patient", lambda s: [("identifier", s.mrn), ("_revinclude", "Observation:patient")]),
    "_id": ("Patient", lambda s: [("_id", s.reference.partition("/")[2])]),
    "condition, code": ("Condition", lambda s: [("code", f"{SNOMED}|{s.condition}"), ("clinical-status", "active")]),
    "encounter, date, class": (
        "Encounter",
        lambda s: [("date", f"ge{(d := s.day(30))}"), ("date", f"lt{_later(d, 3)}"), ("class", "IMP")],
    ),
    "patient, counted": ("Observation", lambda s: [("patient", s.reference), ("_summary", "count")]),
}


def question(kind: str, sample: Sample) -> tuple[str, Pairs]:
    """(resource type, parameters)"""
    type_, ask = KINDS[kind]
    return type_, [*ask(sample), _COUNT]


def _later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
