"""Read every input value of an Observation, usable or refused, with its time and the version of its source.

Status and meaning come first (https://hl7.org/fhir/R4/observation.html): only final, amended and corrected results of
the subject itself count. An unknown modifierExtension refuses the whole resource, and a dataAbsentReason means that
there is no value.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.fhir import dates, references
from gateway.fhir.fhir_json import Resource
from gateway.risk.inputs import LOINC, Code, Input, Reader, RefusedValue

USABLE = frozenset({"final", "amended", "corrected"})
NEVER = -(2**63)
AHEAD = timedelta(days=1)  # clocks and forgotten time zones; without it a value minutes ahead would never be scored
LOINC_OID = "urn:oid:2.16.840.1.113883.6.1"


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """A resource in the version that was read. `version` is None if it was never stored."""

    type: str
    id: str
    version: str | None

    @property
    def pinned(self) -> str:
        """Return a reference to this version."""
        return f"{self.type}/{self.id}" + (f"/_history/{self.version}" if self.version else "")


@dataclass(frozen=True, slots=True)
class InputReading:
    """A value of an input.

    refused: why there is no value.
    blocks: whether it hides older values of the input.
    at: microseconds since the epoch, NEVER without a usable time.
    when: the time as written.
    """

    input: str
    at: int
    when: str
    issued: str
    source: SourceVersion
    encounter: str | None
    value: Any = None
    unit: str = ""
    said: str = ""
    refused: str | None = None
    blocks: bool = False

    @property
    def order(self) -> tuple[int, bool, bool, str, str]:
        """Sort by effective time, then usable values last, then oxygen after air (the safer error), then by time of
        issue.
        """
        return self.at, self.refused is None, self.value is True, self.issued, self.source.id


def readings(observation: Resource, inputs: Mapping[Code, Input], now: datetime) -> list[InputReading]:
    """Return all readings of an Observation; `inputs` maps codes to inputs. Times after `now` are refused."""
    found = [_reading(observation, *match, now) for match in _matches(observation, inputs)]
    return [reading for reading in found if reading is not None]


def _matches(observation: Resource, inputs: Mapping[Code, Input]) -> Iterator[tuple[Resource, Input, Reader]]:
    """Yield each (holder, input) once, even if two of its codings name the same input."""
    for holder in (observation, *observation.get("component", ())):
        seen: set[str] = set()
        for code in _codes(holder):
            if (each := inputs.get(code)) and each.name not in seen:
                seen.add(each.name)
                yield holder, each, each.readers[code]


def _codes(holder: Resource) -> list[Code]:
    codings = holder.get("code", {}).get("coding", ())
    return [(LOINC if (s := c.get("system", "")) == LOINC_OID else s, c.get("code", "")) for c in codings]


def relevant(observation: Resource, inputs: Mapping[Code, Input]) -> bool:
    """Return whether the Observation has a code of any input."""
    return next(_matches(observation, inputs), None) is not None


def _reading(
    observation: Resource, holder: Resource, each: Input, reader: Reader, now: datetime
) -> InputReading | None:
    if "focus" in observation:
        return None  # about somebody or something other than the subject
    at, when = _time(observation)
    make = _Maker(each.name, at, when, observation)
    if observation.get("status") not in USABLE:
        return make.refused(f"status is {observation.get('status')}", blocks=False)
    if at == NEVER:
        return make.refused("no effective time precise to the day", blocks=False)
    if at > int((now + AHEAD).timestamp() * 1_000_000):
        return make.refused("the effective time lies in the future", blocks=False)
    if observation.get("modifierExtension") or holder.get("modifierExtension"):
        return make.refused("a modifier extension may change the meaning", blocks=True)
    if not any(key.startswith("value") for key in holder):
        return make.refused(_absence(holder), blocks=False)
    read = reader(holder)
    if isinstance(read, RefusedValue):
        return make.refused(read.text, blocks=True)
    return make.usable(read.value, read.unit, read.said)


@dataclass(frozen=True, slots=True)
class _Maker:
    input: str
    at: int
    when: str
    observation: Resource

    def _common(self) -> tuple[str, int, str, str, SourceVersion, str | None]:
        encounter = self.observation.get("encounter", {}).get("reference")
        return self.input, self.at, self.when, self.observation.get("issued", ""), source(self.observation), encounter

    def refused(self, text: str, *, blocks: bool) -> InputReading:
        return InputReading(*self._common(), refused=text, blocks=blocks)

    def usable(self, value: Any, unit: str, said: str) -> InputReading:
        return InputReading(*self._common(), value=value, unit=unit, said=said)


def _absence(holder: Resource) -> str:
    codings = holder.get("dataAbsentReason", {}).get("coding", ())
    code = next((c["code"] for c in codings if "code" in c), None)
    return f"the value is absent ({code})" if code else "the value is absent"


def _time(observation: Resource) -> tuple[int, str]:
    """Return the time that the value holds for: effectiveDateTime or effectiveInstant, or the end (else start) of a
    Period.
    """
    period = observation.get("effectivePeriod", {})
    when = (
        observation.get("effectiveDateTime")
        or observation.get("effectiveInstant")
        or period.get("end")
        or period.get("start")
        or ""
    )
    if len(when) < len("2026-01-31"):
        return NEVER, when
    try:
        return dates.period(when)[0], when
    except ValueError:
        return NEVER, when


def source(resource: Resource) -> SourceVersion:
    """Return the version of a resource."""
    return SourceVersion(resource["resourceType"], resource.get("id", ""), resource.get("meta", {}).get("versionId"))


def patient(observation: Resource) -> str | None:
    """Return the id of the Patient whom the Observation is about; None for a group, device or unresolved subject."""
    reference = references.parse_reference(observation.get("subject", {}).get("reference", ""))
    return reference.id if reference and reference.type == "Patient" and reference.base is None else None


def by_code(inputs: Iterable[Input]) -> dict[Code, Input]:
    """Return code -> input."""
    return {code: each for each in inputs for code in each.readers}
