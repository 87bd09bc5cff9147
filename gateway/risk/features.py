"""Select the inputs of one score at one moment, or say what is missing and why.

The moment is the newest at which every input was known. It is the time of the newest value; the score declares how much
older each other input may be. A value that is present but unreadable hides older values of its input, so the moment
moves back before it: a score never mixes new values with a value that is known to be outdated.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from gateway.risk.person import Person, ages
from gateway.risk.readings import NEVER, InputReading
from gateway.risk.score import ADULT, Need, Score

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Missing:
    """The reason for a missing score. `newest` is the effective time of the newest value of that input, as written."""

    input: str
    text: str
    newest: str | None = None

    def __str__(self) -> str:
        return f"{self.input}: {self.text}" + (f" (newest {self.newest})" if self.newest else "")


@dataclass(frozen=True, slots=True)
class ScoreInputs:
    """The inputs of one score at one moment, in declared order. `when` is the index time as its source wrote it."""

    readings: tuple[InputReading, ...]
    when: str


Timeline = Mapping[str, Sequence[InputReading]]
"""Input name -> its readings, oldest first."""


def timeline(readings: Iterable[InputReading]) -> Timeline:
    """Sort readings by input and time."""
    lines: dict[str, list[InputReading]] = {}
    for reading in sorted(readings, key=lambda reading: reading.order):
        lines.setdefault(reading.input, []).append(reading)
    return lines


def choose(score: Score, person: Person, lines: Timeline) -> tuple[ScoreInputs | None, tuple[Missing, ...]]:
    """Return the inputs at the newest complete moment, or None, and what is missing or could not be used.

    With inputs, the second value says why newer unreadable values were left out.
    """
    moments = _moments(score, lines)
    if not moments:
        return None, tuple(_missing(need, lines, NEVER) for need in score.needs)
    reasons: tuple[Missing, ...] = ()
    hopeless = any(not _usable(need, lines) for need in score.needs)
    for moment in moments[:1] if hopeless else moments:
        chosen = _at(score, person, lines, moment)
        if isinstance(chosen, ScoreInputs):
            return chosen, tuple(reason for reason in reasons if _blocked(lines, reason))
        reasons = reasons or chosen
    return None, reasons


def _moments(score: Score, lines: Timeline) -> list[int]:
    times = {r.at for need in score.needs for r in lines.get(need.input.name, ()) if r.refused is None or r.blocks}
    return sorted(times - {NEVER}, reverse=True)


def _usable(need: Need, lines: Timeline) -> bool:
    return any(reading.refused is None for reading in lines.get(need.input.name, ()))


def _blocked(lines: Timeline, reason: Missing) -> bool:
    return any(reading.blocks and reading.refused == reason.text for reading in lines.get(reason.input, ()))


def _at(score: Score, person: Person, lines: Timeline, moment: int) -> ScoreInputs | tuple[Missing, ...]:
    """Try one moment. The newest reading of a set that names an encounter decides the set's encounter."""
    picked, missing = [], []
    encounter = _encounter(score, lines, moment)
    for need in score.needs:
        reading = _pick(score, person, lines.get(need.input.name, ()), need, moment, encounter)
        if reading is None or reading.refused:
            missing.append(_missing(need, lines, moment, reading))
        else:
            picked.append(reading)
    if missing:
        return tuple(missing)
    return ScoreInputs(tuple(picked), max(picked, key=lambda reading: reading.order).when)


def _pick(
    score: Score, person: Person, line: Sequence[InputReading], need: Need, moment: int, encounter: str | None
) -> InputReading | None:
    """Return the newest reading up to `moment` that decides the input: a usable one, or one that hides older ones."""
    for reading in reversed(line[: _until(line, moment)]):
        if not _fresh(need, person, reading, moment):
            return None
        if score.one_set and (_day_only(reading) or _foreign(reading, encounter)):
            continue
        if reading.refused is None or reading.blocks:
            return reading
    return None


def _until(line: Sequence[InputReading], moment: int) -> int:
    return bisect_right(line, moment, key=lambda reading: reading.at)


def _fresh(need: Need, person: Person, reading: InputReading, moment: int) -> bool:
    if need.within is None:
        return min(ages(person.birth, reading.when), default=0) >= ADULT
    return reading.at >= moment - need.within // _MICROSECOND


def _day_only(reading: InputReading) -> bool:
    return "T" not in reading.when


def _foreign(reading: InputReading, encounter: str | None) -> bool:
    return reading.encounter is not None and reading.encounter != encounter


def _encounter(score: Score, lines: Timeline, moment: int) -> str | None:
    """Return the encounter of the newest reading in the set's window that names one."""
    if not score.one_set:
        return None
    named = [
        reading
        for need in score.needs
        if (line := lines.get(need.input.name, ()))
        for reading in line[: _until(line, moment)]
        if reading.encounter and reading.at >= moment - (need.within or timedelta(0)) // _MICROSECOND
    ]
    return max(named, key=lambda reading: reading.order).encounter if named else None


def _missing(need: Need, lines: Timeline, moment: int, reading: InputReading | None = None) -> Missing:
    line = lines.get(need.input.name, ())
    newest = next((r for r in reversed(line[: _until(line, moment)]) if r.refused is None or r.blocks), None)
    if reading is not None:
        return Missing(need.input.name, reading.refused or "", reading.when)
    if newest is None:
        return Missing(need.input.name, (line[-1].refused if line else None) or "not recorded")
    return Missing(need.input.name, _stale(need, newest, moment), newest.when)


def _stale(need: Need, newest: InputReading, moment: int) -> str:
    if need.within is None:
        return "not measured in adulthood"
    if _day_only(newest) and need.within < timedelta(days=1):
        return "the time is only precise to the day"
    age = (moment - newest.at) * _MICROSECOND
    if age <= need.within:
        return "measured in another encounter"
    return f"the newest value is {_span(age)} older than the newest input, allowed are {_span(need.within)}"


def _span(span: timedelta) -> str:
    return f"{span.days} days" if span >= timedelta(days=1) else f"{span // timedelta(minutes=1)} minutes"
