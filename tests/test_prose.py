"""Names and prose, as far as a test can check them: unique class names, docstrings, plain American English."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

REPOSITORY = Path(__file__).parents[1]

# A docstring says what is done or what a thing is: an imperative or a noun, not a clause.
NO_OPENING = frozenset({"What", "Who", "Whom", "Whose", "Which", "Whether", "Where", "When", "Why", "How"}) | frozenset(
    {"Of", "As", "None", "That", "Because", "If", "For", "By", "From", "With"}
)
BRITISH = re.compile(
    r"(?:normal|serial|synchron|organ|recogn|initial|optim|summar|general|roman|standard|categor|capital|author)is"
    r"(?:e|es|ed|ing|ations?)\b"
    r"|behaviour|\bcolour|\bfavour|neighbour|\bhonour|\blabour|vapour|tumour"
    r"|\b(?:label|model|travel|signal|level)l(?:ed|ing)\b"
    r"|\bhaemoglobin\b|\banaemia\b|\b(?:centre|metre|litre|fibre|catalogue|whilst|amongst|grey|defence)s?\b"
    r"|\bartefact",
    re.IGNORECASE,
)
PHRASES = re.compile(
    r"(?<!there )\b(?:is|are|was|were|be) none\b"  # "a date that is none": an invalid date
    r"|\bwhat [^.,;:]{0,40} (?:comes|came) to\b"
    r"|\bOf several\b"
    r"|\btells? of\b|\btold of\b"
    r"|\bthat nobody has\b|\bof which nobody\b"
    r"|\bthence\b|\bwhence\b|\bgravest\b|\bhusks?\b|\bin vain\b|\bfor want of\b|\bnext to no\b"
    r"|\bas it were\b|\bbe it\b|\bso to speak\b"
)
_COMMENT = re.compile(r"(?:^|\s)#[: ](.*)$")
_CODE = re.compile(r"`[^`]*`|\"[^\"]*\"|https?://\S+")


class Violation(NamedTuple):
    place: str
    text: str


class Definition(NamedTuple):
    file: Path
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    public: bool

    @property
    def name(self) -> str:
        return getattr(self.node, "name", "module")

    @property
    def line(self) -> int:
        return getattr(self.node, "lineno", 1)


@cache
def definitions() -> tuple[Definition, ...]:
    files = sorted((REPOSITORY / "gateway").rglob("*.py"))
    return tuple(found for file in files for found in _definitions(file, ast.parse(file.read_text("utf-8")), True))


def _definitions(file: Path, node: ast.Module | ast.ClassDef, public: bool) -> Iterator[Definition]:
    yield Definition(file, node, public)
    for child in node.body:
        if isinstance(child, ast.ClassDef):
            yield from _definitions(file, child, public and not child.name.startswith("_"))
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Definition(file, child, public and not child.name.startswith("_"))


def without_docstring() -> Iterator[Violation]:
    for definition in definitions():
        if definition.public and not ast.get_docstring(definition.node) and not _is_exempt(definition.node):
            yield _violation(definition.file, definition.line, f"{definition.name} has no docstring")


def _is_exempt(node: ast.AST) -> bool:
    """Return whether the node needs no docstring: a stub of a protocol that `...` ends, or the setter of a property."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    is_stub = isinstance(node.body[0], ast.Expr) and getattr(node.body[0].value, "value", None) is ...
    return is_stub or any(getattr(decorator, "attr", "") == "setter" for decorator in node.decorator_list)


def clumsy_opening() -> Iterator[Violation]:
    for definition in definitions():
        words = (ast.get_docstring(definition.node) or "").split()
        if (
            words
            and words[0].strip(",;:") in NO_OPENING
            and not (words[0] == "Whether" and _is_property(definition.node))
        ):
            yield _violation(definition.file, definition.line, f"{definition.name}: {' '.join(words[:8])} …")


def _is_property(node: ast.AST) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return any(
        getattr(decorator, "id", getattr(decorator, "attr", "")).endswith("property") for decorator in decorators
    )


def unnatural_words() -> Iterator[Violation]:
    for file, number, text in _prose():
        plain = _CODE.sub("", text)
        for match in [*BRITISH.finditer(plain), *PHRASES.finditer(plain)]:
            yield _violation(file, number, f"{match[0]!r} in: {text.strip()[:80]}")


def _prose() -> Iterator[tuple[Path, int, str]]:
    """Yield each line of a docstring or comment with its file and number."""
    for definition in definitions():
        first = definition.node.body[0] if definition.node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            for offset, line in enumerate(first.value.value.splitlines()):
                yield definition.file, first.lineno + offset, line
        if isinstance(definition.node, ast.Module):
            for number, line in enumerate(definition.file.read_text("utf-8").splitlines(), 1):
                if comment := _COMMENT.search(line):
                    yield definition.file, number, comment[1]


def _violation(file: Path, line: int, text: str) -> Violation:
    return Violation(f"{file.relative_to(REPOSITORY)}:{line}", text)


def repeated_classes() -> Iterator[Violation]:
    places = defaultdict[str, list[Definition]](list)
    for definition in definitions():
        if isinstance(definition.node, ast.ClassDef):
            places[definition.name].append(definition)
    for name, same in sorted(places.items()):
        for definition in same[1:]:
            first = f"{same[0].file.relative_to(REPOSITORY)}:{same[0].line}"
            yield _violation(definition.file, definition.line, f"{name} is also a class in {first}")


def assert_none(violations: Iterable[Violation]) -> None:
    """Fail with file and line of all violations."""
    places = [f"{violation.place}: {violation.text}" for violation in violations]
    assert not places, "\n".join(["", *places])


def test_no_class_name_stands_twice_in_the_gateway() -> None:
    assert_none(repeated_classes())


def test_every_public_module_class_and_function_has_a_docstring() -> None:
    assert_none(without_docstring())


def test_a_docstring_begins_with_a_verb_or_a_noun() -> None:
    assert_none(clumsy_opening())


def test_comments_and_docstrings_are_plain_american_english() -> None:
    assert_none(unnatural_words())


def test_the_documentation_is_plain_american_english() -> None:
    pages = [*(REPOSITORY / "docs").rglob("*.md"), REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md"]
    found = [
        f"{page.relative_to(REPOSITORY)}:{number}: {match[0]!r}"
        for page in pages
        if page.name not in GENERATED
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1)
        for match in [*BRITISH.finditer(_CODE.sub("", line)), *PHRASES.finditer(_CODE.sub("", line))]
    ]
    assert not found, "\n".join(found)


GENERATED = {"cli.md", "findings.md", "routes.md", "scores.md", "search-parameters.md", "settings.md"}
"""Pages whose words stand in the code, and are corrected there."""


@pytest.mark.parametrize(
    "text",
    ["a date that is none", "what scoring many came to", "Of several creates", "normalised", "labelled", "haemoglobin"],
)
def test_unnatural_words_are_found(text: str) -> None:
    assert BRITISH.search(text) or PHRASES.search(text)


@pytest.mark.parametrize("text", ["None if there is none", "an analysis of our hour", "precise", "cancelled", "raises"])
def test_natural_words_are_not(text: str) -> None:
    assert not BRITISH.search(text) and not PHRASES.search(text)
