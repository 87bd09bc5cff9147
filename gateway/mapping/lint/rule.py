"""List the rules of a file that loads, with what the checks need to know about each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from gateway.fhir import path as fhirpath
from gateway.fhir.path.nodes import Tree
from gateway.fhir.path.parser import parse
from gateway.mapping.codemaps import code_map, code_rows
from gateway.mapping.lint.finding import LintFinding, Severity
from gateway.mapping.source.file_fault import shown
from gateway.mapping.source.yaml_source import Source


@dataclass(frozen=True)
class Rule:
    """One field of a mapping file.

    name: dotted.
    words: each word of the field -> its value.
    context: the FHIR type that its path starts from.
    above: the paths that lead to that type, each with the type that it starts from.
    within_read_only: whether an object around it is read-only, and so the field is too.
    """

    name: str
    place: Source
    words: dict[str, Source]
    context: str
    above: tuple[tuple[str, str], ...] = ()
    within_read_only: bool = False

    @cached_property
    def path(self) -> str:
        """The path, `$this` if the rule has none."""
        return self.words["path"].text() if "path" in self.words else "$this"

    @cached_property
    def tree(self) -> Tree:
        """The path as a tree."""
        return parse(self.path)

    @property
    def type(self) -> str:
        """The type, `object` if the rule names none."""
        return self.text("type") or "object"

    @property
    def is_object(self) -> bool:
        """Whether the rule has fields."""
        return "fields" in self.words

    @property
    def many(self) -> bool:
        """Whether the rule makes a list."""
        return self.text("list") == "true"

    @property
    def read_only(self) -> bool:
        """Whether the field can only be read."""
        return self.within_read_only or self.text("read-only") == "true"

    @cached_property
    def codes(self) -> code_map.CodeMap | None:
        """The code map, None if there is none."""
        if "codes" not in self.words:
            return None
        return code_map.load(self.words["codes"], self.words.get("uncovered"), has_default="default" in self.words)

    @cached_property
    def rows(self) -> tuple[code_rows.Row, ...]:
        """Return the rows of the code map, whether they stand in the mapping or in a file (see `codes_file`)."""
        source = self.words.get("codes")
        if source is None:
            return ()
        if source.is_mapping:
            return tuple(code_rows.Row(code, target.text(), place.line) for place, code, target in source.entries())
        return code_map.rows(source).rows

    @property
    def codes_file(self) -> str:
        """The name of the file with the codes, empty if they stand in the mapping."""
        source = self.words["codes"]
        return shown(source.file if source.is_mapping else code_map.beside(source))

    def text(self, word: str) -> str:
        """Return the value of a word as written; empty if the field does not have the word."""
        return self.words[word].text() if word in self.words else ""

    def find(self, severity: Severity, text: str, word: str = "", line: int = 0, file: str = "") -> LintFinding:
        """Return a finding at the field, at one of its words, or at a line of another file."""
        at = self.words[word].line if word in self.words else self.place.line
        return LintFinding(file or shown(self.place.file), line or at, self.name, severity, text)


def rules(root: Source) -> Iterator[Rule]:
    """Yield all fields of a file without faults; an object comes before its fields."""
    words = {key: value for _, key, value in root.entries()}
    yield from _below(words["fields"], Rule("", root, words, words["resource"].text()), ())


def _below(source: Source, parent: Rule, above: tuple[tuple[str, str], ...]) -> Iterator[Rule]:
    """Yield the fields of an object; `above` leads to it, and `parent.context` is its type."""
    prefix = f"{parent.name}." if parent.name else ""
    for place, name, value in source.entries():
        words = {word: word_value.of_field(prefix + name) for _, word, word_value in value.entries()}
        rule = Rule(prefix + name, place, words, parent.context, above, parent.read_only)
        yield rule
        if rule.is_object:
            reached = fhirpath.compile(rule.path, rule.context).yields if "path" in words else None
            inner = replace(rule, context=next(iter(reached or {rule.context})))
            yield from _below(words["fields"], inner, (*above, (rule.path, rule.context)))
