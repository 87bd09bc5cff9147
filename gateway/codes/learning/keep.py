"""Store models on disk: the fitted parts with skops (named types only, never pickle), the examples as JSON, and a card.

The card is written last and names the SHA-256 of the other two files, so a model is complete or not there at all.
"""

import json
import os
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import sklearn
from skops import io as skops

from gateway.codes.corpus import Example
from gateway.codes.learning.knowledge import EVIDENCE, CodeKnowledge
from gateway.codes.learning.model import SEED, Model
from gateway.codes.learning.vectors import Vectorizer
from gateway.errors import ConfigurationError, NotFound

FORMAT = 1
TRUSTED = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
"""The only type to trust beyond those that skops knows to be harmless: the trees of the classifier."""

Card = dict[str, Any]


def save(model: Model, folder: Path, *, made: datetime, facts: Card) -> Card:
    """Replace the model in the folder, and return its card. `facts` (data, accuracy) go on the card."""
    folder.mkdir(parents=True, exist_ok=True)
    knowledge = model.knowledge
    vectorizer = knowledge.vectorizer
    fitted = {
        "letters": vectorizer.letters,
        "words": vectorizer.words,
        "rest": vectorizer.rest,
        "ranker": model.ranker,
    }
    parts = {
        "model": _put(folder, "model", ".skops", skops.dumps(fitted)),
        "examples": _put(folder, "examples", ".json", msgspec.json.encode(knowledge.examples)),
    }
    card = {**_versions(), "made": made.isoformat(), "seed": SEED, "files": parts, **facts}
    _replace(folder / "card.json", json.dumps(card, indent=2, ensure_ascii=False).encode())
    for old in folder.glob("*-*.*"):
        if old.name not in {part["name"] for part in parts.values()}:
            old.unlink(missing_ok=True)
    return card


def card(folder: Path) -> Card:
    """Read the card. Raises NotFound if there is no model, ConfigurationError if another version made it."""
    try:
        found: Card = json.loads((folder / "card.json").read_bytes())
    except FileNotFoundError:
        raise NotFound("there is no model yet: run `gateway codes train`") from None
    except ValueError as error:
        raise ConfigurationError(f"{folder / 'card.json'}: is not the card of a model: {error}") from error
    for name, version in _versions().items():
        if found.get(name) != version:
            raise ConfigurationError(
                f"{folder}: the model was made with {name} {found.get(name)}, this is {version}: "
                "run `gateway codes train`"
            )
    return found


def load(folder: Path) -> tuple[Model, Card]:
    """Read the model. Raises as `card` does, and ConfigurationError if the files are not those that the card names."""
    found = card(folder)
    data = _get(folder, found, "model")
    unknown = sorted({*skops.get_untrusted_types(data=data)} - {*TRUSTED})
    if unknown:
        raise ConfigurationError(f"{folder}: the model holds what no model of ours does: {', '.join(unknown)}")
    fitted = skops.loads(data, trusted=list(TRUSTED))
    examples = msgspec.json.decode(_get(folder, found, "examples"), type=list[Example])
    vectorizer = Vectorizer(fitted["letters"], fitted["words"], fitted["rest"])
    return Model(CodeKnowledge(examples, vectorizer), fitted["ranker"]), found


def _versions() -> Card:
    versions = {"scikit_learn": sklearn.__version__, "numpy": np.__version__}
    return {"format": FORMAT, "evidence": ",".join(EVIDENCE), **versions}


def _put(folder: Path, name: str, suffix: str, data: bytes) -> dict[str, str]:
    digest = sha256(data).hexdigest()
    file = folder / f"{name}-{digest[:12]}{suffix}"
    _replace(file, data)
    return {"name": file.name, "sha256": digest}


def _replace(file: Path, data: bytes) -> None:
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.write_bytes(data)
    os.replace(temporary, file)


def _get(folder: Path, found: Card, name: str) -> bytes:
    part = found["files"][name]
    try:
        data = (folder / Path(part["name"]).name).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{folder}: {part['name']} cannot be read: {error.strerror}") from error
    if sha256(data).hexdigest() != part["sha256"]:
        raise ConfigurationError(f"{folder}: {part['name']} is not the file its card names: run `gateway codes train`")
    return data
