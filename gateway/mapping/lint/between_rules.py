"""What may be wrong between the rules of one file: the same read twice, one element carried by two fields."""

from collections.abc import Iterator, Sequence

from gateway.mapping.lint.finding import Finding
from gateway.mapping.lint.rule import Rule
from gateway.mapping.places.criteria import NONE
from gateway.mapping.places.place import Step, place


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
    carried = [(rule, _steps(rule)) for rule in rules if not (rule.read_only or rule.is_object)]
    for index, (rule, steps) in enumerate(carried):
        for other, others in carried[:index]:
            if _overlap(steps, others):
                said = f"carries {rule.path!r} to FHIR, which field {other.name} (line {other.place.line}) carries, too"
                yield rule.find("warning", f"{said}: one must be `read-only: true`")
                break


def _steps(rule: Rule) -> tuple[Step, ...]:
    """The way from the resource to what the field carries."""
    ways = [(path, context) for path, context in (*rule.above, (rule.path, rule.context)) if path != "$this"]
    return tuple(step for path, context in ways for step in place(path, context).steps)


def _overlap(one: tuple[Step, ...], other: tuple[Step, ...]) -> bool:
    """Whether one way leads to or into what the other carries. Of a primitive the value, not its extensions, is
    carried; different conditions are taken to pick different values."""
    short, long = sorted((one, other), key=len)
    if not all(_meet(mine, theirs) for mine, theirs in zip(short, long, strict=False)):
        return False
    return len(long) == len(short) or long[len(short)].name != "extension"


def _meet(one: Step, other: Step) -> bool:
    asked, told = ((step.criteria.url, step.criteria.skeleton) for step in (one, other))
    apart = NONE not in (one.criteria, other.criteria) and asked != told
    return one.name == other.name and not {*one.keys}.isdisjoint(other.keys) and not apart


CHECKS = (duplicates, overlaps)
