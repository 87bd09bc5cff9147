"""Turn looks into vectors: the letters of the name, its words, and everything else that is visible."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from gateway.codes.corpus import Look, folded
from gateway.codes.units import folded_unit

_WEIGHTS = {"unit": 0.7, "kind": 0.3, "size": 0.5, "category": 0.3, "panel": 0.4}
"""Weights of the other parts; the name has weight 1. Chosen once on the corpus: see
docs/explanation/decisions/codes.md."""
_MOST_FEATURES = 50_000


@dataclass(frozen=True, slots=True)
class Vectors:
    """A matrix with a row for each look. Rows have length 1, so that the product of two rows is their cosine."""

    letters: Any
    words: Any
    whole: Any


@dataclass(frozen=True, slots=True)
class Vectorizer:
    """Three fitted scikit-learn transformers."""

    letters: TfidfVectorizer
    words: TfidfVectorizer
    rest: DictVectorizer

    @classmethod
    def fit(cls, looks: Sequence[Look]) -> "Vectorizer":
        """Fit the transformers to looks."""
        names = [folded(look.name) for look in looks]
        letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, lowercase=False, max_features=_MOST_FEATURES
        )
        words = TfidfVectorizer(token_pattern=r"\w+", lowercase=False, max_features=_MOST_FEATURES)
        return cls(letters.fit(names), words.fit(names), DictVectorizer().fit([_rest(look) for look in looks]))

    def __call__(self, looks: Sequence[Look]) -> Vectors:
        names = [folded(look.name) for look in looks]
        letters = self.letters.transform(names)
        rest = self.rest.transform([_rest(look) for look in looks])
        whole = normalize(sparse.hstack([letters, rest]).tocsr())
        return Vectors(letters, self.words.transform(names), whole)


def _rest(look: Look) -> dict[str, float]:
    features = {f"unit {folded_unit(look.unit)}": _WEIGHTS["unit"], f"kind {look.kind}": _WEIGHTS["kind"]}
    for magnitude in look.magnitudes:
        features[f"size {magnitude}"] = _WEIGHTS["size"] / len(look.magnitudes) ** 0.5
    for category in look.categories:
        features[f"category {category}"] = _WEIGHTS["category"] / len(look.categories) ** 0.5
    if look.panel:
        features[f"panel {folded(look.panel)}"] = _WEIGHTS["panel"]
    return features
