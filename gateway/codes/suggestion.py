"""Define a model's answer: codes, how likely each is right, and why."""

from dataclasses import dataclass

SURE = 0.5
"""Below this confidence a suggestion is more likely wrong than right, and the model says that it does not know."""
ALIKE = 0.2
"""The least likeness of two names: a shared unit or category alone does not make a suggestion."""
WORTH_SHOWING = 0.01
"""Below this confidence a suggestion only wastes a person's time."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code that a look could mean.

    confidence: the chance that the code is right, measured on names held back in training.
    likeness: the cosine of the letters of the name in question and of the nearest known name.
    name: the name of the code.
    nearest: the known names that are most like the name in question.
    reasons: what speaks for the code and against it.
    """

    code: str
    confidence: float
    likeness: float
    name: str
    nearest: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Suggestions for one look, the likeliest first."""

    suggestions: tuple[Suggestion, ...]

    @property
    def known(self) -> bool:
        """Return whether a suggestion is likely. If not, they are merely the least unlikely."""
        first = self.suggestions[0] if self.suggestions else None
        return first is not None and first.confidence >= SURE and first.likeness >= ALIKE
