"""Suggest what a misspelled word of a mapping file was meant to be, and list long sets of names briefly."""

from collections.abc import Iterable
from difflib import get_close_matches

_MOST_LISTED = 6
_LEAST_LIKENESS = 0.7  # difflib's ratio; below it, suggestions become guesses


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return `; did you mean …?`, empty if no allowed word is near. Case, `-` and `_` do not count."""
    by_folded = {folded(name): name for name in allowed}
    matches = get_close_matches(folded(word), by_folded, n=1, cutoff=_LEAST_LIKENESS)
    return f"; did you mean {by_folded[matches[0]]}?" if matches else ""


def folded(word: str) -> str:
    """Return the word without case and punctuation, for comparing."""
    return word.replace("_", "").replace("-", "").lower()


def listed(names: Iterable[str]) -> str:
    """Return the first names in alphabetical order, and how many more there are."""
    ordered = sorted(names)
    more = len(ordered) - _MOST_LISTED
    return ", ".join(ordered[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
