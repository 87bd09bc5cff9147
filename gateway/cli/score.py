"""`gateway score`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.console import counted, out, progress_bar
from gateway.cli.run import AsJson, DataDir, configured, opened, run

if TYPE_CHECKING:
    from gateway.risk.assess import Outcome
    from gateway.risk.follow import Tally
    from gateway.settings import Settings


def score(
    patient: Annotated[str | None, typer.Argument(help="A patient's id; all patients if left out")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Compute the risk scores now, of one patient or all. The same inputs never make a second RiskAssessment."""
    settings = configured("warning", data_dir=data_dir)
    if patient is None:
        tally = run(_score_all(settings))
        result: Any = {"patients": tally.patients, "assessments": tally.assessments, "without": tally.without}
        text = [
            f"{counted(tally.patients, 'patient')}: {counted(tally.assessments, 'new assessment')}, "
            f"{counted(tally.without, 'score')} without a result"
        ]
    else:
        outcomes = run(_score_one(settings, patient))
        result, text = [_row(outcome) for outcome in outcomes], [_outcome_text(outcome) for outcome in outcomes]
    if as_json:
        out.print_json(json.dumps(result))
    for line in [] if as_json else text:
        out.print(line, highlight=False, markup=False)  # a unit such as [lb_av] is no markup


async def _score_one(settings: Settings, patient: str) -> list[Outcome]:
    from gateway.risk import follow

    async with opened(settings) as parts:
        return list(await follow.score_patient(parts.store, patient))


async def _score_all(settings: Settings) -> Tally:
    from gateway.risk import follow

    async with opened(settings) as parts:
        with progress_bar() as bar:
            task = bar.add_task("patients")
            return await follow.score_all(
                parts.store, lambda done, total: bar.update(task, completed=done, total=total)
            )


def _row(outcome: Outcome) -> dict[str, Any]:
    """Return a row as JSON; `missing` also says why something newer than the result could not be used."""
    assessment, missing = outcome.assessment, [str(each) for each in outcome.missing]
    row: dict[str, Any] = {"score": outcome.score.id, "missing": missing}
    if assessment:
        result = assessment.result
        row |= {
            "when": assessment.when,
            "value": str(result.value),
            "unit": outcome.score.unit,
            "band": result.band.text,
        }
    return row


def _outcome_text(outcome: Outcome) -> str:
    from gateway.risk.resources import rationale

    lines = [rationale(outcome.assessment) if outcome.assessment else f"{outcome.score.title}: no score"]
    return "\n  ".join([*lines, *(str(each) for each in outcome.missing)])
