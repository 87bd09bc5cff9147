"""Suggestions: right on names that resemble known ones, silent on others, the same every time, and kept safely."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skops import io as skops

from gateway.codes.corpus import Corpus, Look
from gateway.codes.learning import keep
from gateway.codes.learning.knowledge import EVIDENCE
from gateway.codes.learning.model import Model, fold, measures
from gateway.codes.suggestion import Answer, Suggestion
from gateway.errors import BadRequest, ConfigurationError, NotFound

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CREATININE = Look("Creatinine, Serum", "mg/dL", "quantity", (0,))


def test_a_new_spelling_of_a_known_name_is_recognised_and_explained(model: Model) -> None:
    (answer,) = model.answer([CREATININE])
    first = answer.suggestions[0]
    assert (first.code, first.name) == ("2160-0", "Creatinine [Mass/volume] in Serum")
    assert any("Creat" in name for name in first.nearest)
    assert "unit mg/dL known for it" in first.reasons


def test_unit_tells_apart_what_the_name_does_not(model: Model) -> None:
    level = [Look("level", "mmol/L", "quantity", (4,)), Look("level", "g/dL", "quantity", (2,))]
    codes = [answer.suggestions[0].code for answer in model.answer(level)]
    assert codes == ["2951-2", "718-7"]


def test_what_is_like_nothing_known_is_not_known(model: Model) -> None:
    (answer,) = model.answer([Look("Wer wohnt noch im Haushalt?", "", "text")])
    assert not answer.known


def test_a_unit_alone_makes_nothing_known() -> None:
    """A name in another script shares no letter with any known one, however well its unit fits."""
    likely = Suggestion("29463-7", 0.9, 0.0, "Body weight", (), ())
    assert not Answer((likely,)).known
    assert Answer((replace(likely, likeness=0.5),)).known
    assert not Answer((replace(likely, likeness=0.5, confidence=0.4),)).known


def test_the_same_examples_give_the_same_answers_in_any_order(corpus: Corpus, model: Model) -> None:
    again = Model.fit(corpus.examples())
    assert again.answer([CREATININE]) == model.answer([CREATININE])


def test_nothing_asked_is_nothing_answered(model: Model) -> None:
    assert model.answer([]) == []


def test_too_little_to_learn_from_is_said() -> None:
    with pytest.raises(BadRequest, match="0 names of 0 LOINC codes"):
        Model.fit([])


def test_more_likeness_never_lowers_the_confidence(model: Model) -> None:
    evidence = np.zeros(len(EVIDENCE))
    place = list(EVIDENCE).index("name")
    rows = np.array([np.where(np.arange(len(EVIDENCE)) == place, value, evidence) for value in np.linspace(0, 1, 20)])
    chances = model.ranker.predict_proba(rows)[:, 1]
    assert (np.diff(chances) >= 0).all()


WORD = st.text("abcdeéß123", min_size=1, max_size=6)


@given(st.lists(WORD, min_size=1, max_size=4), st.sampled_from(" _-/,"), st.sampled_from(["mm[Hg]", "mm Hg", "MMHG"]))
def test_variants_of_a_spelling_are_on_one_side(words: list[str], between: str, unit: str) -> None:
    plain = fold(Look(" ".join(words), "mmHg"))
    assert fold(Look(between.join(words).upper(), unit)) == plain
    assert fold(Look("".join(map(str.title, words)) + between, unit)) == plain


def test_a_kept_model_answers_as_before(model: Model, tmp_path: Path) -> None:
    keep.save(model, tmp_path, made=NOW, facts={"data": {"examples": 32}})
    keep.save(model, tmp_path, made=NOW, facts={"data": {"examples": 32}})
    loaded, card = keep.load(tmp_path)
    assert loaded.answer([CREATININE]) == model.answer([CREATININE])
    assert card["data"] == {"examples": 32} and card["made"] == NOW.isoformat()
    assert len(list(tmp_path.iterdir())) == 3


def test_models_of_other_versions_changed_files_and_no_model_are_refused(model: Model, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="gateway codes train"):
        keep.load(tmp_path / "none")
    keep.save(model, tmp_path, made=NOW, facts={})
    file = tmp_path / "card.json"
    card = json.loads(file.read_text())
    file.write_text(json.dumps({**card, "scikit_learn": "0.1"}))
    with pytest.raises(ConfigurationError, match=r"scikit_learn 0\.1"):
        keep.load(tmp_path)
    file.write_text(json.dumps(card))
    kept = tmp_path / card["files"]["model"]["name"]
    kept.write_bytes(kept.read_bytes() + b" ")
    with pytest.raises(ConfigurationError, match="not the file"):
        keep.load(tmp_path)


def test_a_file_with_foreign_types_is_not_loaded(model: Model, tmp_path: Path) -> None:
    keep.save(model, tmp_path, made=NOW, facts={})
    card = json.loads((tmp_path / "card.json").read_text())
    card["files"]["model"] = keep._put(tmp_path, "model", ".skops", skops.dumps({"letters": Look("x")}))
    (tmp_path / "card.json").write_text(json.dumps(card))
    with pytest.raises(ConfigurationError, match=r"gateway\.codes\.corpus\.Look"):
        keep.load(tmp_path)


def test_starting_the_gateway_does_not_wait_for_scikit_learn() -> None:
    asked = "import sys, gateway.cli, gateway.app; print({'sklearn', 'numpy', 'scipy', 'skops'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", asked], text=True).strip() == "set()"


def test_a_unit_that_contradicts_the_code_makes_it_no_answer(model: Model) -> None:
    """Creatinine in umol/L is not 2160-0, a mass, however alike the names and whatever senders confuse."""
    (answer,) = model.answer([replace(CREATININE, unit="umol/L")])
    assert not answer.known
    masses = [one for one in answer.suggestions if one.code == "2160-0"]
    assert all("umol/L does not measure what the code names" in one.reasons for one in masses)


@pytest.mark.parametrize(
    ("code", "unit", "fits"),
    [
        ("2160-0", "umol/L", False),
        ("4548-4", "mmol/mol", False),
        ("2823-3", "mEq/L", True),
        ("6690-2", "K/uL", True),
        ("6690-2", "g/dL", False),
        ("6690-2", "pieces", True),
        ("99999-9", "g/dL", True),
        ("2160-0", "", True),
    ],
)
def test_units_are_held_against_what_is_known_of_a_code(code: str, unit: str, fits: bool) -> None:
    assert measures(code, unit) is fits
