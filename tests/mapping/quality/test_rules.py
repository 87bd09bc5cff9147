"""The list of rules is the list of what findings may say."""

import re
from pathlib import Path

from gateway.mapping.quality.rules import RULES

FOLDER = Path(__file__).parents[3] / "gateway" / "mapping"
NAMED = re.compile(r"\"((?:text|date|unit|value|patient|phone)\.[a-z]+)\"")


def test_every_rule_that_the_code_names_is_listed_and_every_listed_rule_is_named() -> None:
    files = [file for file in FOLDER.rglob("*.py") if file.name != "rules.py"]
    named = {rule for file in files for rule in NAMED.findall(file.read_text("utf-8"))}
    assert named & {*RULES} == {*RULES}
    assert {rule for rule in named if rule.split(".")[1] not in ("code", "unit", "low", "high")} == {*RULES}
