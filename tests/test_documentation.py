"""The documentation leads somewhere: links, anchors, and the files and pages it names, from both sides."""

import logging
import re
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md"])
_CODE_PATH = re.compile(r"(?<![\w./-])((?:gateway|tests|tools|benchmarks|mappings)/[\w./-]*\w)")
_DOCS_PAGE = re.compile(r"(?<![\w/.-])docs/[\w/-]+\.md")


WRITTEN_BY_READERS = {"mappings/organization.yaml"}
"""Files that a page lets its readers write."""


def id_of(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


def test_the_site_builds_without_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """MkDocs warns of links and anchors that lead nowhere, and of pages without a place in the navigation."""
    config = load_config(str(REPOSITORY / "mkdocs.yml"), site_dir=str(tmp_path))
    with caplog.at_level(logging.WARNING, "mkdocs"):
        build(config)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("mkdocs")] == []
    assert (tmp_path / "tutorials" / "first-hour.html").exists()


@pytest.mark.parametrize("page", PAGES, ids=id_of)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    missing = [
        f"{id_of(page)}:{number}: {path}"
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1)
        if "://" not in line or "gateway/" in line
        for path in _CODE_PATH.findall(line)
        if path not in WRITTEN_BY_READERS and not (REPOSITORY / path).exists()
    ]
    assert not missing, "\n".join(missing)


def test_every_page_that_the_code_names_exists() -> None:
    files = [*REPOSITORY.glob("gateway/**/*.py"), *REPOSITORY.glob("tools/*"), *REPOSITORY.glob("benchmarks/*.py")]
    files += [*REPOSITORY.glob("mappings/*.yaml"), *REPOSITORY.glob("tests/**/*.py"), REPOSITORY / "README.md"]
    missing = [
        f"{id_of(file)}:{number}: {page}"
        for file in files
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        for page in _DOCS_PAGE.findall(line)
        if not (REPOSITORY / page).exists()
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("page", [*sorted(DOCS.glob("how-to/add-a-s*.md")), REPOSITORY / "CONTRIBUTING.md"], ids=id_of)
def test_every_name_of_the_code_that_an_engineer_is_pointed_to_exists(page: Path) -> None:
    source = "\n".join(file.read_text("utf-8") for file in REPOSITORY.glob("gateway/**/*.py"))
    names = set(re.findall(r"`([A-Z][A-Za-z_]{3,})(?:\(\))?`", page.read_text("utf-8"))) - {"Decimal"}
    assert names
    assert [
        name for name in names if not re.search(rf"^(?:class )?{name}\b|^    def {name}\b", source, re.MULTILINE)
    ] == []
