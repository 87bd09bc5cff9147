"""Collect examples to learn from: the names of coded observations, each spelling once, with its codes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from gateway.codes.sightings import Sighting
from gateway.codes.units import folded_unit
from gateway.fhir.normal_forms import normalize

MOST_EXAMPLES = 20_000
"""The most spellings that are kept: enough for a hospital, and a bound for memory and training time."""

_NOT_WORD = re.compile(r"[\W_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Look:
    """The visible features of an observation beside its code. `magnitudes` are half decades, sorted."""

    name: str
    unit: str = ""
    kind: str = ""
    magnitudes: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    panel: str = ""

    @property
    def spelling(self) -> tuple[str, str]:
        """Return letters and digits only, in small letters; examples that share it count as the same in a test."""
        return folded(self.name).replace(" ", ""), folded_unit(self.unit)


@dataclass(frozen=True, slots=True)
class Example:
    """A name with the codes that it was seen with.

    codes: the LOINC codes of the observation, all at once.
    official: whether the name is the display of one of the codes, not the sender's own.
    source: where the example was seen.
    count: how often it was seen.
    """

    look: Look
    codes: tuple[str, ...]
    source: str
    official: bool
    count: int


@dataclass(slots=True)
class _Count:
    magnitudes: set[int] = field(default_factory=set)
    categories: set[str] = field(default_factory=set)
    official: bool = False
    count: int = 0


_Key = tuple[str, tuple[str, ...], str, str, str, str]


class Corpus:
    """Examples by source, codes, name, unit, kind and panel."""

    def __init__(self, most: int = MOST_EXAMPLES) -> None:
        self._most = most
        self._seen: dict[_Key, _Count] = {}
        self.sightings = self.coded = self.left_out = 0
        """What was looked at, what of it had a LOINC code, and the names for which there was no more room."""

    def add(self, sightings: Iterable[Sighting], source: str) -> None:
        """Add sightings of one source."""
        for sighting in sightings:
            self.sightings += 1
            self.coded += bool(sighting.codes)
            for name in sighting.names if sighting.codes else ():
                if folded(name):
                    self._note(name, sighting, source)

    def _note(self, name: str, sighting: Sighting, source: str) -> None:
        key = source, sighting.codes, name, sighting.unit, sighting.kind, sighting.panel
        seen = self._seen.get(key)
        if seen is None:
            if len(self._seen) >= self._most:
                self.left_out += 1
                return
            seen = self._seen[key] = _Count()
        if sighting.magnitude is not None:
            seen.magnitudes.add(sighting.magnitude)
        seen.categories.update(sighting.categories)
        seen.official |= name in sighting.official
        seen.count += 1

    def examples(self) -> list[Example]:
        """Return the examples in a fixed order, so that the order of arrival changes nothing."""
        found = []
        for (source, codes, name, unit, kind, panel), seen in sorted(self._seen.items()):
            look = Look(name, unit, kind, tuple(sorted(seen.magnitudes)), tuple(sorted(seen.categories)), panel)
            found.append(Example(look, codes, source, seen.official, seen.count))
        return found


def merged(examples: Iterable[Example]) -> list[Example]:
    """Merge examples of different sources that agree in name, unit, kind, panel and codes."""
    corpus: dict[tuple[object, ...], Example] = {}
    for example in examples:
        look = example.look
        key = look.name, look.unit, look.kind, look.panel, example.codes
        corpus[key] = _joined(corpus[key], example) if key in corpus else replace(example, source="")
    return list(corpus.values())


def _joined(one: Example, other: Example) -> Example:
    magnitudes = tuple(sorted({*one.look.magnitudes, *other.look.magnitudes}))
    categories = tuple(sorted({*one.look.categories, *other.look.categories}))
    look = replace(one.look, magnitudes=magnitudes, categories=categories)
    return replace(one, look=look, official=one.official or other.official, count=one.count + other.count)


def folded(text: str) -> str:
    """Return small letters and digits with single blanks between words: `Heart_rate` and `HeartRate` become one."""
    plain = normalize("NFKC", _HUMP.sub(" ", text))
    return _NOT_WORD.sub(" ", plain.casefold()).strip()


def sources(examples: Iterable[Example]) -> Iterator[tuple[str, int]]:
    """Return the sources of the examples, those with the most examples first."""
    yield from sorted(Counter(example.source for example in examples).items(), key=lambda one: (-one[1], one[0]))
