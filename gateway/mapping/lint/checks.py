"""Check a rule of a file that loads for what is probably not meant. `CHECKS` lists the checks."""

from collections.abc import Callable, Iterator

from gateway.fhir.path.nodes import Member
from gateway.mapping.lint import paths
from gateway.mapping.lint.finding import LintFinding
from gateway.mapping.lint.rule import Rule


def dead(rule: Rule) -> Iterator[LintFinding]:
    """Find a part of the path that never yields anything: a code outside the value set, a type it cannot have."""
    for reason in dict.fromkeys(paths.dead(rule.tree, frozenset({rule.context}))):
        yield rule.find("warning", f"path {rule.path!r} on {rule.context}: {reason}", "path")


def target(rule: Rule) -> Iterator[LintFinding]:
    """Find a key to a type that the reference never points to."""
    if "to" not in rule.words or not isinstance(rule.tree, Member):
        return
    allowed = {name for element in paths.elements(rule.tree, frozenset({rule.context})) for name in element.targets}
    if allowed and not allowed & {rule.text("to"), "Resource"}:
        listed = paths.listed(frozenset(allowed))
        yield rule.find("warning", f"{rule.path!r} never refers to {rule.text('to')}; it may refer to {listed}", "to")


def multiplicity(rule: Rule) -> Iterator[LintFinding]:
    """Find a single value where the element repeats, and a list where it does not."""
    if rule.text("function"):  # takes all values together
        return
    found = paths.multiplicity(rule.tree, frozenset({rule.context}))
    if found == "many" and not rule.many:
        yield rule.find("warning", f"{rule.path!r} repeats: several values would be left out; say `list: true`", "path")
    if found == "chosen" and not rule.many and paths.required(rule.tree, frozenset({rule.context})) is None:
        yield rule.find("note", f"if several values meet the condition of {rule.path!r}, all are left out", "path")
    if found == "one" and rule.many:
        yield rule.find("note", f"{rule.path!r} has at most one value: the list never has more than one item", "list")


def default(rule: Rule) -> Iterator[LintFinding]:
    """Find a default that is never used, because valid resources always have the element."""
    if "default" not in rule.words or rule.text("uncovered") == "default" or not _always_there(rule):
        return
    yield rule.find("warning", f"never used: {rule.context} must have {rule.path!r}", "default")


def _always_there(rule: Rule) -> bool:
    tree, focus = rule.tree, frozenset({rule.context})
    while isinstance(tree, Member):
        found = paths.elements(tree, focus)
        if not found or any(element.min == 0 for element in found):
            return False
        if tree.source is None:
            return True
        tree = tree.source
    return False


def codes(rule: Rule) -> Iterator[LintFinding]:
    """Find codes that a code map does not cover, and rows of it that no valid resource needs."""
    if rule.codes is None:
        return
    value_set = paths.required(rule.tree, frozenset({rule.context}))
    valid = paths.codes(value_set)
    if not valid:
        return
    for row in rule.rows:
        if row.code not in valid:
            text = f"code {row.code!r} is not in {value_set}: no valid resource has it"
            yield rule.find("warning", text, "codes", row.line, rule.codes_file)
    gaps = valid - rule.codes.table.keys() - rule.codes.unmatched
    if gaps:
        outcome = {"fail": "left out and noted", "keep": "kept as sent", "default": "replaced by the default"}
        text = f"not covered: {paths.listed(gaps)} (of {len(valid)} codes); they are {outcome[rule.codes.uncovered]}"
        yield rule.find("warning" if rule.codes.uncovered == "fail" else "note", text, "codes")
    elif "uncovered" in rule.words:
        yield rule.find("warning", f"never used: all {len(valid)} codes of {value_set} are covered", "uncovered")


def relations(rule: Rule) -> Iterator[LintFinding]:
    """Find rows of a ConceptMap whose target says more than the code, or something else."""
    for row in rule.rows:
        if row.relation in ("narrower", "specializes", "inexact", "relatedto") and row.target_code is not None:
            text = (
                f"code {row.code!r} becomes {row.target_code!r}, which is {row.relation}: it may say what was not sent"
            )
            yield rule.find("warning", text, "codes", row.line, rule.codes_file)


def changing(rule: Rule) -> Iterator[LintFinding]:
    """Find a value that depends on more than the resource, so that the same resource can make different documents."""
    for function in dict.fromkeys(paths.clock(rule.tree)):
        text = (
            f"{function} gives the time at which the document is made: the same resource makes another document later"
        )
        yield rule.find("warning", text, "path")
    if paths.looks_outside(rule.tree):
        text = (
            "resolve() finds only contained resources, because documents are made without looking anything up; "
            "say where(reference.startsWith('#')) before it if contained resources are meant"
        )
        yield rule.find("warning", text, "path")


CHECKS: tuple[Callable[[Rule], Iterator[LintFinding]], ...] = (
    dead,
    target,
    multiplicity,
    default,
    codes,
    relations,
    changing,
)
