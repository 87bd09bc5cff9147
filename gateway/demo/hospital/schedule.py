"""Plan when a patient is seen and what is measured: a stay with rounds every four hours, visits over two years."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count
from random import Random

from gateway.demo.hospital.people import SyntheticPerson

YEARS = timedelta(days=730)
ROUND = ("resp", "spo2", "oxygen", "bp", "pulse", "acvpu", "temp")
BLOOD = ("creatinine", "sodium", "potassium", "haemoglobin", "platelets", "ast", "alt")
WEIGHTS = {"declining": 2.2, "recovering": 2.2, "past": 1.6, "none": 0.7}


@dataclass(frozen=True, slots=True)
class Contact:
    """An encounter. `end` is None while it lasts."""

    number: int
    start: datetime
    end: datetime | None
    inpatient: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """The measurements of one time. `severity`, from 0 to 1, is how far an acute decline has come."""

    at: datetime
    contact: Contact
    measured: tuple[str, ...]
    severity: float = 0.0


def moments(random: Random, who: SyntheticPerson, quota: int, now: datetime) -> list[Moment]:
    """Return exactly `quota` measurements in order of time. The stay comes first, visits fill the rest."""
    chosen: dict[datetime, Moment] = {}
    for moment in chain(_stay(random, who, now), _visits(random, who, quota, now)):
        if quota <= 0:
            break
        if moment.at not in chosen:
            measured = moment.measured[:quota]
            quota -= len(measured)
            chosen[moment.at] = Moment(moment.at, moment.contact, measured, moment.severity)
    return [chosen[at] for at in sorted(chosen)]


def _stay(random: Random, who: SyntheticPerson, now: datetime) -> Iterator[Moment]:
    """Yield the moments of a stay, newest first, so that a small quota keeps what matters."""
    if who.stay == "none":
        return
    length = timedelta(hours=random.randrange(40, 76))
    end = (who.died or now - timedelta(days=random.randint(90, 500))) if who.stay == "past" else now
    contact = Contact(0, end - length, end if who.stay == "past" else None, True)
    last = end - timedelta(minutes=random.randint(20, 150))
    for back in range(int(length / timedelta(hours=4))):
        at = last - timedelta(hours=4 * back, minutes=random.randint(0, 20) if back else 0)
        yield Moment(at, contact, ROUND, _severity(who, (end - at) / length))
        if back % 6 == 5:
            yield Moment(at + timedelta(minutes=35), contact, BLOOD)


def _severity(who: SyntheticPerson, before_end: float) -> float:
    """Return the severity at a time of the stay. `before_end` is 0 at its end and 1 at admission."""
    if who.stay == "declining" or who.died:
        worst = 0.5 + who.number * 37 % 50 / 100
        return worst * max(0.0, 1.0 - before_end * 1.8)
    return 0.08 + 0.5 * before_end


def _visits(random: Random, who: SyntheticPerson, quota: int, now: datetime) -> Iterator[Moment]:
    """Yield visits without end: sweeps over the two years, newest first. The caller stops at its quota."""
    end = (who.died or now) - timedelta(days=4)
    sweep = max(quota // 9, 1)
    for index in count():
        day = end - YEARS * ((index % sweep + random.random() * 0.8) / sweep)
        at = day.replace(hour=random.randint(7, 15), minute=random.randrange(0, 60, 5), second=0)
        contact = Contact(index + 1, at, at + timedelta(minutes=40), False)
        yield Moment(at, contact, _examined(random, who, index))


def _examined(random: Random, who: SyntheticPerson, index: int) -> tuple[str, ...]:
    seen = ["bp", "pulse", "weight"]
    if index % 3 == 0:
        seen.append("height")
    if random.random() < 0.7 or {"kidney", "liver"} & set(who.body.diseases):
        seen += BLOOD
    if "diabetes" in who.body.diseases or random.random() < 0.15:
        seen.append("hba1c")
    return tuple(seen + ["temp"] * (random.random() < 0.3))
