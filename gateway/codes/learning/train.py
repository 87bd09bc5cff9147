"""Train, evaluate and store a model: the work of `gateway codes train`."""

from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.codes.corpus import Corpus, sources
from gateway.codes.learning import evaluate, keep
from gateway.codes.learning.model import Model


def train(corpus: Corpus, folder: Path, now: datetime) -> dict[str, Any]:
    """Train a model, and return its card: data, accuracy on names held back, files. Raises BadRequest if there is too
    little data.
    """
    examples = corpus.examples()
    model = Model.fit(examples)
    measured = evaluate.report(examples, by_source=False)
    facts = {
        "data": {**seen(corpus), **measured.data},
        "held_out": measured.as_json()["held_out"],
        "trust": measured.as_json()["trust"],
    }
    return keep.save(model, folder, made=now, facts=facts)


def seen(corpus: Corpus) -> dict[str, Any]:
    """Describe the sources of the examples."""
    return {
        "looked_at": corpus.sightings,
        "coded": corpus.coded,
        "left_out": corpus.left_out,
        "by_source": dict(sources(corpus.examples())),
    }
