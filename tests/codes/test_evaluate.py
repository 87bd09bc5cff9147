"""The measurement itself: nothing asked about was learned from, and nothing is left out of the count."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.codes.corpus import Corpus, Example
from gateway.codes.learning import evaluate
from gateway.codes.learning.model import Model
from gateway.codes.sightings import from_resource
from gateway.intake import codes as intake
from tests.codes.make import LOINC, observation


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, model: Model) -> list[list[Example]]:
    """What every model was asked to learn from; all answer as the one model does."""
    learned: list[list[Example]] = []

    def fit(examples: Iterable[Example]) -> Model:
        learned.append(list(examples))
        return model

    monkeypatch.setattr(evaluate.Model, "fit", fit)
    return learned


def test_no_spelling_is_asked_that_was_learned_from(corpus: Corpus, watched: list[list[Example]]) -> None:
    examples = corpus.examples()
    variants = [replace(e, look=replace(e.look, name=e.look.name.upper().replace(" ", "_"))) for e in examples]
    report = evaluate.report([*examples, *variants], by_source=False)
    asked = 0
    for learned in watched:
        known = {example.look.spelling for example in learned}
        held = [e for e in (*examples, *variants) if e.look.spelling not in known]
        assert len(held) + len(learned) == len(examples) + len(variants)
        asked += len(held)
    assert report.held_out[-1].questions == asked == 64


def test_a_source_held_back_taught_nothing(corpus: Corpus, watched: list[list[Example]]) -> None:
    report = evaluate.report(corpus.examples())
    by_source = [{example.source for example in learned} for learned in watched[5:]]
    assert by_source == [{"hospital 1"}, {"hospital 0"}]
    assert [row["source"] for row in report.sources] == ["hospital 0", "hospital 1"]


def test_codes_nobody_taught_count_as_wrong(corpus: Corpus) -> None:
    lonely = Corpus()
    lonely.add(from_resource(observation("o", {"system": LOINC, "code": "44261-6"}, text="PHQ-9 total")), "x")
    before = evaluate.report(corpus.examples(), by_source=False).held_out
    after = evaluate.report([*corpus.examples(), *lonely.examples()], by_source=False).held_out
    known, everything = after[0], after[-1]
    assert (known.questions, everything.questions) == (before[0].questions, before[-1].questions + 1)
    assert everything.top5.value < known.top5.value or known.top5.value == 0


def test_interval_and_counts_are_those_of_the_answers(corpus: Corpus) -> None:
    report = evaluate.report(corpus.examples(), by_source=False)
    for accuracy in report.held_out:
        assert accuracy.top1.low <= accuracy.top1.value <= accuracy.top1.high
        assert accuracy.top1.value <= accuracy.top5.value
    assert sum(count for _, count, _, _ in report.trust.bins) <= report.held_out[-1].questions
    assert report == evaluate.report(corpus.examples(), by_source=False)
    assert report.data["codes"] == 8 and report.data["sources"] == 2


def test_payloads_of_real_systems_are_mostly_recognised(shared: Path) -> None:
    """A floor well below what was measured (docs/explanation/decisions/codes.md): it falls when something breaks, not
    by chance."""
    folders = ("cerner-sandbox", "us-core-examples", "hl7-au-test-data", "cdc-phdi-ecr")
    corpus = intake.corpus([shared / "corpus" / name for name in folders], lambda files: None)
    known = evaluate.report(corpus.examples(), by_source=False).held_out[0]
    assert known.questions > 80
    assert known.top5.value > 0.8 and known.top1.value > 0.5
