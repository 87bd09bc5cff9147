"""The pure parts of the story: what is prepared, and what a report says."""

from pathlib import Path

import pytest

from gateway.demo.plan import DemoPlan
from gateway.demo.processes import DemoFailed, Site
from gateway.demo.story import Moved, prepare, read_moved
from gateway.sync import partners

SITE = Site("northgate", 8080, Path("data/demo/northgate"))


def test_two_empty_hospitals_are_prepared_and_only_ours_knows_the_other(tmp_path: Path) -> None:
    plan = DemoPlan(tmp_path / "demo", port=9000, partner_port=9001)
    old = plan.folder / "northgate" / "old"
    old.mkdir(parents=True)
    ours, partner = prepare(plan)
    assert not old.exists()
    assert (ours.url, partner.url) == ("http://127.0.0.1:9000", "http://127.0.0.1:9001")
    assert partner.options == ("--no-scores",)
    (known,) = partners.load(ours.folder / "partners.yaml", site=ours.name)
    assert (known.name, known.base_url, known.direction) == ("lakeside", "http://127.0.0.1:9001/fhir", "both")
    assert not (partner.folder / "partners.yaml").exists()


def test_the_last_line_of_a_report_counts() -> None:
    assert read_moved('a note\n{"pulled": 8, "pushed": 13, "errors": []}\n', SITE) == Moved(8, 13)


@pytest.mark.parametrize("printed", ["", "no JSON", '{"pulled": 1}', "[]"])
def test_a_report_without_figures_fails_the_demo(printed: str) -> None:
    with pytest.raises(DemoFailed, match=r"no result \(log: data/demo/northgate/gateway.log\)"):
        read_moved(printed, SITE)
