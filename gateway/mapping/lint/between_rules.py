"""Check the rules of one file against each other: the same value read twice, one element written by two fields."""

from collections.abc import Iterator, Sequence

from gateway.mapping.lint.finding import LintFinding
from gateway.mapping.lint.rule import Rule
from gateway.mapping.places.criteria import ANY
from gateway.mapping.places.place import Step, parse_place


def duplicates(rules: Sequence[Rule]) -> Iterator[LintFinding]:
    """Find two fields that read the same value in the same way."""
    first: dict[tuple[object, ...], Rule] = {}
    for rule in rules:
        if rule.is_object:
            continue
        signature = (rule.above, rule.path, rule.type, *map(rule.text, ("function", "to")), str(rule.codes))
        other = first.setdefault(signature, rule)
        if other is not rule:
            text = f"reads {rule.path!r} as {rule.type}, as field {other.name} does (line {other.place.line})"
            yield rule.find("warning", text)


def overlaps(rules: Sequence[Rule]) -> Iterator[LintFinding]:
    """Find two fields that both write an element: one would undo the other."""
    written = [(rule, _steps(rule)) for rule in rules if not (rule.read_only or rule.is_object)]
    for index, (rule, steps) in enumerate(written):
        for other, others in written[:index]:
            if _overlap(steps, others):
                text = f"writes {rule.path!r}, which field {other.name} (line {other.place.line}) writes too"
                yield rule.find("warning", f"{text}: make one of them `read-only: true`")
                break


def _steps(rule: Rule) -> tuple[Step, ...]:
    """Return the way from the resource to the element that the field writes."""
    ways = [(path, context) for path, context in (*rule.above, (rule.path, rule.context)) if path != "$this"]
    return tuple(step for path, context in ways for step in parse_place(path, context).steps)


def _overlap(steps: tuple[Step, ...], others: tuple[Step, ...]) -> bool:
    """Return whether one way leads to or into the element at the end of the other.

    Extensions of a primitive are not part of it. Different conditions are taken to mean different items.
    """
    short, long = sorted((steps, others), key=len)
    if not all(_meet(mine, theirs) for mine, theirs in zip(short, long, strict=False)):
        return False
    return len(long) == len(short) or long[len(short)].name != "extension"


def _meet(step: Step, other: Step) -> bool:
    mine, theirs = ((each.criteria.url, each.criteria.skeleton) for each in (step, other))
    apart = ANY not in (step.criteria, other.criteria) and mine != theirs
    return step.name == other.name and not {*step.keys}.isdisjoint(other.keys) and not apart


CHECKS = (duplicates, overlaps)
