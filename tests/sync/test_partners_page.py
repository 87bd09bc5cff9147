"""docs/reference/partners.md lists the keys of a partner with their defaults, and its example loads."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

from gateway.sync.partners import Auth, Partner, load

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "partners.md").read_text("utf-8")


def test_the_page_lists_every_key_with_its_default() -> None:
    listed = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", PAGE, re.MULTILINE))
    reasons = {"conflict", "rejected", "reference", "unreadable"}
    keys = {field.name: field.default for field in fields(Partner) if field.name != "site"}  # ours, not the partner's
    assert listed.keys() - reasons == keys.keys()
    for name, default in keys.items():
        shown = "required" if default is MISSING else "none" if default == Auth() else f"`{default}`"
        assert listed[name] == shown, name


def test_the_example_loads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "partners.yaml").write_text(example, "utf-8")
    (partner,) = load(tmp_path / "partners.yaml", environment={"LAKESIDE_TOKEN": "secret"})
    assert (partner.name, partner.types, partner.create) == ("lakeside", ("Patient", "Observation"), "put")
    assert partner.auth == Auth("bearer", secret="secret")
