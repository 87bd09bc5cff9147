"""Read from a Patient what scores use: sex as recorded, age at a moment, and why nobody should be scored.

https://hl7.org/fhir/R4/patient.html. Nothing is guessed: a gender other than male or female is no sex, and a birth date
with only a year or month allows several ages.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.risk.readings import SourceVersion, source


@dataclass(frozen=True, slots=True)
class Person:
    """The facts about a patient that scores use."""

    source: SourceVersion
    sex: str | None
    birth: str | None
    excluded: str | None

    @property
    def id(self) -> str:
        """The id of the Patient."""
        return self.source.id


def person(patient: Resource) -> Person:
    """Read a Patient."""
    gender = patient.get("gender")
    birth = patient.get("birthDate")
    return Person(
        source=source(patient),
        sex=gender if gender in ("male", "female") else None,
        birth=birth if isinstance(birth, str) else None,
        excluded=_excluded(patient),
    )


def _excluded(patient: Resource) -> str | None:
    if patient.get("deceasedBoolean") is True or "deceasedDateTime" in patient:
        return "the patient has died"
    links: list[dict[str, Any]] = patient.get("link", [])
    if any(link.get("type") == "replaced-by" for link in links):
        return "the record was replaced by another"
    return None


def ages(birth: str | None, when: str) -> range:
    """Return every possible age in completed years at `when` (its own local date); empty if unknown or not yet born."""
    try:
        on = date.fromisoformat(when[:10])
        youngest, oldest = _completed(_last(birth or ""), on), _completed(_first(birth or ""), on)
    except ValueError:
        return range(0)
    return range(youngest, oldest + 1) if youngest >= 0 else range(0)


def _first(birth: str) -> date:
    return date.fromisoformat(birth + {4: "-01-01", 7: "-01"}.get(len(birth), ""))


def _last(birth: str) -> date:
    first = _first(birth)
    if len(birth) == 4:
        return first.replace(month=12, day=31)
    if len(birth) == 7:
        following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        return date.fromordinal(following.toordinal() - 1)
    return first


def _completed(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
