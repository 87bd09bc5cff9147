"""What a model answers: codes, how likely each is right, and why."""

from dataclasses import dataclass

SURE = 0.5
"""Below this confidence, more likely wrong than right, a model says that it does not know."""
ALIKE = 0.2
"""So much the letters of two names must have in common, too: a unit or a category alone names nothing."""
WORTH_SHOWING = 0.01
"""Below this confidence a suggestion only wastes a person's time."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`confidence` is the chance that the code is right, measured on names held back while learning.

    `likeness` is the cosine of the letters of the name asked about and of the nearest one. `name` is what the code goes
    by, `nearest` the known names most like the one asked about, `reasons` what speaks for the code and against it.
    """

    code: str
    confidence: float
    likeness: float
    name: str
    nearest: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`suggestions`, the likeliest first. Not `known`: none is likely; they are merely the least unlikely, if any."""

    suggestions: tuple[Suggestion, ...]

    @property
    def known(self) -> bool:
        first = self.suggestions[0] if self.suggestions else None
        return first is not None and first.confidence >= SURE and first.likeness >= ALIKE
