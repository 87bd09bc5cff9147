"""What may be wrong between the rules of one file: the same read twice, one element carried by two fields."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.fhir.path.nodes import Call, Indexer, Member, Tree, TypeTest
from gateway.fhir.path.parser import parse
from gateway.mapping.lint.finding import Finding
from gateway.mapping.lint.rule import Rule


def duplicates(rules: Sequence[Rule]) -> Iterator[Finding]:
    """Two fields that make the same of the same."""
    first: dict[tuple[object, ...], Rule] = {}
    for rule in rules:
        if rule.is_object:
            continue
        made = (rule.above, rule.path, rule.type, *map(rule.text, ("function", "to")), str(rule.codes))
        other = first.setdefault(made, rule)
        if other is not rule:
            said = f"reads {rule.path!r} as {rule.type}, as field {other.name} does (line {other.place.line})"
            yield rule.find("warning", said)


def overlaps(rules: Sequence[Rule]) -> Iterator[Finding]:
    """Two fields that both carry an element to FHIR: written, one would undo the other."""
    carried = [(rule, steps) for rule in rules if not rule.read_only and (steps := _steps(rule)) is not None]
    carried = [(rule, steps) for rule, steps in carried if not rule.is_object]
    for index, (rule, steps) in enumerate(carried):
        for other, others in carried[:index]:
            if _overlap(steps, others):
                said = f"carries {rule.path!r} to FHIR, which field {other.name} (line {other.place.line}) carries, too"
                yield rule.find("warning", f"{said}: one must be `read-only: true`")
                break


class _Step(NamedTuple):
    """One element on the way, and the condition (a type, criteria, an extension) that picks among its values."""

    name: str
    condition: str = ""


def _steps(rule: Rule) -> tuple[_Step, ...] | None:
    """The way from the resource to what the field carries; None for paths with no way back."""
    way: tuple[_Step, ...] = ()
    for path in (*rule.above, rule.path):
        if path == "$this":
            continue
        found = _way(parse(path))
        if found is None:
            return None
        way += found
    return way


def _way(tree: Tree | None) -> tuple[_Step, ...] | None:
    match tree:
        case None:
            return ()
        case Member(source=source, name=name):
            before = _way(source)
            return None if before is None else (*before, _Step(name))
        case Call(name="extension", source=source, arguments=arguments):
            before = _way(source)
            return None if before is None else (*before, _Step("extension", _plain(arguments)))
        case Call(name="where" | "ofType" | "as", source=source, arguments=arguments):
            return _conditional(_way(source), _plain(arguments))
        case TypeTest(operator="as", operand=operand, type=type_):
            return _conditional(_way(operand), type_)
        case Call(name="first" | "single", source=source) | Indexer(source=source):
            return _way(source)
        case _:
            return None


def _conditional(way: tuple[_Step, ...] | None, condition: str) -> tuple[_Step, ...] | None:
    if not way:
        return None
    last = way[-1]
    return (*way[:-1], _Step(last.name, " ".join(filter(None, (last.condition, condition)))))


def _plain(arguments: tuple[Tree, ...]) -> str:
    """A text that is the same for the same condition, whatever the blanks in it."""
    return ",".join(_unplaced(argument) for argument in arguments)


def _unplaced(tree: Tree) -> str:
    parts = [getattr(tree, name) for name in tree.__slots__ if name != "at"]
    inner = [_unplaced(part) if hasattr(part, "__slots__") and hasattr(part, "at") else str(part) for part in parts]
    return f"{type(tree).__name__}({' '.join(inner)})"


def _overlap(one: tuple[_Step, ...], other: tuple[_Step, ...]) -> bool:
    """Whether one way leads to or into what the other carries. Of a primitive the value, not its extensions, is
    carried; different conditions are taken to pick different values."""
    short, long = sorted((one, other), key=len)
    for mine, theirs in zip(short, long, strict=False):
        if mine.name != theirs.name or (mine.condition and theirs.condition and mine.condition != theirs.condition):
            return False
    return len(long) == len(short) or long[len(short)].name != "extension"


CHECKS = (duplicates, overlaps)
