"""`gateway quality`."""

import json

from tests.cli.conftest import Terminal


def test_findings_are_counted_and_the_choice_is_checked(gateway: Terminal) -> None:
    empty = gateway("quality", "--rule", "date.future")
    assert empty.exit_code == 0 and "nothing was found wanting" in empty.output and "patients" in empty.output
    found = json.loads(gateway("quality", "--by", "rule,day", "--json").output)
    assert found["counts"] == [] and {"collection", "documents", "with_findings", "findings"} == {*found["totals"][0]}
    for wrong in (["--by", "path"], ["--from", "x"]):
        answer = gateway("quality", *wrong)
        assert answer.exit_code == 1 and "error" in answer.output and "Traceback" not in answer.output
