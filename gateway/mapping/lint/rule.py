"""The rules of a file that loads, one by one, with what a look at them needs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from gateway.fhir import path as fhirpath
from gateway.fhir.path.nodes import Tree
from gateway.fhir.path.parser import parse
from gateway.mapping.codemaps import code_map, code_rows
from gateway.mapping.lint.finding import Finding, Severity
from gateway.mapping.source.yaml_source import Source, shown


@dataclass(frozen=True)
class Rule:
    """One field. `name` is dotted; `context` the FHIR type its path starts from; `above`: the paths that lead there,
    each with the type it starts from. What stands in an object that is read-only is read-only."""

    name: str
    place: Source
    words: dict[str, Source]
    context: str
    above: tuple[tuple[str, str], ...] = ()
    within_read_only: bool = False

    @cached_property
    def path(self) -> str:
        return self.words["path"].text() if "path" in self.words else "$this"

    @cached_property
    def tree(self) -> Tree:
        return parse(self.path)

    @property
    def type(self) -> str:
        return self.text("type") or "object"

    @property
    def is_object(self) -> bool:
        return "fields" in self.words

    @property
    def many(self) -> bool:
        return self.text("list") == "true"

    @property
    def read_only(self) -> bool:
        return self.within_read_only or self.text("read-only") == "true"

    @cached_property
    def codes(self) -> code_map.CodeMap | None:
        if "codes" not in self.words:
            return None
        return code_map.load(self.words["codes"], self.words.get("uncovered"), has_default="default" in self.words)

    @cached_property
    def rows(self) -> tuple[code_rows.Row, ...]:
        """The rows of the code map, wherever they stand; `codes_file` says where."""
        source = self.words.get("codes")
        if source is None:
            return ()
        if source.is_mapping:
            return tuple(code_rows.Row(code, wanted.text(), place.line) for place, code, wanted in source.entries())
        return code_map.rows(source).rows

    @property
    def codes_file(self) -> str:
        source = self.words["codes"]
        return shown(source.file if source.is_mapping else code_map.beside(source))

    def text(self, word: str) -> str:
        """What stands after a word, as written; empty without it."""
        return self.words[word].text() if word in self.words else ""

    def find(self, severity: Severity, text: str, word: str = "", line: int = 0, file: str = "") -> Finding:
        """A finding at the field, at one of its words, or at a line of another file."""
        at = self.words[word].line if word in self.words else self.place.line
        return Finding(file or shown(self.place.file), line or at, self.name, severity, text)


def rules(root: Source) -> Iterator[Rule]:
    """All fields of a file without faults, an object before its fields."""
    words = {key: value for _, key, value in root.entries()}
    yield from _below(words["fields"], Rule("", root, words, words["resource"].text()), ())


def _below(source: Source, parent: Rule, above: tuple[tuple[str, str], ...]) -> Iterator[Rule]:
    """The fields of an object; `above` leads to it, and `parent.context` is its type."""
    prefix = f"{parent.name}." if parent.name else ""
    for place, name, value in source.entries():
        about = f"field {prefix}{name}"
        words = {word: given.of(about) for _, word, given in value.entries()}
        rule = Rule(prefix + name, place, words, parent.context, above, parent.read_only)
        yield rule
        if rule.is_object:
            reached = fhirpath.compile(rule.path, rule.context).yields if "path" in words else None
            inner = replace(rule, context=next(iter(reached or {rule.context})))
            yield from _below(words["fields"], inner, (*above, (rule.path, rule.context)))
