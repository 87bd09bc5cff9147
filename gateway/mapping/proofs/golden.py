"""Compare golden pairs: a resource in `golden/<file>.<case>.fhir.json`, and beside it the document it must become.

`<file>` is the name of the mapping file without its suffix. Numbers are compared as written: 1.0 is not 1.00.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

from gateway.errors import ConfigurationError, GatewayError
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.mapping.definition.view_definition import ViewMapping
from gateway.mapping.mapping import Mapping
from gateway.mapping.mappings import Mappings
from gateway.mapping.proofs.laws import Proof, Violation, prove

RESOURCE, DOCUMENT = ".fhir.json", ".document.json"
MISSING = object()
"""Stands for a value that one of two documents does not have."""

_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Pair:
    """A golden pair: the file of the resource, and the file of the document, which may not exist yet."""

    resource: Path
    mapping: Mapping | ViewMapping

    @property
    def name(self) -> str:
        """The name of the pair."""
        return self.resource.name.removesuffix(RESOURCE)

    @property
    def document(self) -> Path:
        """The file of the document."""
        return self.resource.with_name(self.name + DOCUMENT)


class DocumentDifference(NamedTuple):
    """A difference between two documents; `field` is dotted and indexed, the side without a value has MISSING."""

    field: str
    expected: Any
    got: Any


@dataclass(frozen=True, slots=True)
class PairOutcome:
    """The result of comparing one pair.

    text: the document that the resource becomes, as it would be written to the file.
    fault: why nothing could be compared; empty if it could.
    violations: the laws that the way back breaks, see gateway.mapping.proofs.laws.
    """

    pair: Pair
    text: str = ""
    fault: str = ""
    differences: tuple[DocumentDifference, ...] = ()
    violations: tuple[Violation, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the pair is as expected."""
        return not (self.fault or self.differences or self.violations)


def golden_pairs(folder: Path, mappings: Mappings) -> list[Pair]:
    """Return all pairs beside the mappings of a folder. Raises ConfigurationError for a file that fits no mapping."""
    owners = {Path(mapping.file).stem: mapping for mapping in mappings.by_collection.values()}
    golden = folder / "golden"
    pairs = []
    for file in sorted(golden.glob("*.json")):
        stem = file.name.split(".")[0]
        if stem not in owners or not file.name.endswith((RESOURCE, DOCUMENT)):
            raise ConfigurationError(
                f"{file}: name it <mapping file>.<case>.fhir.json or <mapping file>.<case>.document.json"
            )
        pair = Pair(file.with_name(file.name.replace(DOCUMENT, RESOURCE)), owners[stem])
        if not pair.resource.exists():
            raise ConfigurationError(f"{file}: there is no {pair.resource.name} beside it: add the resource")
        if file == pair.resource:
            pairs.append(pair)
    return pairs


def compare(pair: Pair) -> PairOutcome:
    """Map the resource of a pair there and back, and compare the document with the golden one."""
    try:
        resource = fhir_json.parse(pair.resource.read_bytes())
        if resource.get("resourceType") != pair.mapping.resource:
            return PairOutcome(
                pair, fault=f"a {resource.get('resourceType')}, but the mapping reads {pair.mapping.resource}"
            )
        projection = pair.mapping.get(resource)
        document = fhir_json.parse(fhir_json.dump(projection.document if projection else {}))
        expected = fhir_json.parse(pair.document.read_bytes()) if pair.document.exists() else {}
    except GatewayError as error:
        return PairOutcome(pair, fault=error.text)
    return PairOutcome(
        pair,
        rendered(document) + "\n",
        "" if pair.document.exists() else f"there is no {pair.document.name}",
        tuple(differences(expected, document)) if pair.document.exists() else (),
        tuple(_violations(pair, resource)),
    )


def _violations(pair: Pair, resource: Resource) -> list[Violation]:
    if not isinstance(pair.mapping, Mapping):
        return []
    proof = Proof()
    prove(pair.mapping, resource, pair.name, proof, most=0)
    return proof.violations


def differences(expected: Any, got: Any, field: str = "") -> Iterator[DocumentDifference]:
    """Yield the differences of two documents in the order of the fields; lists are aligned by equal items."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for name in [*expected, *(name for name in got if name not in expected)]:
            below = f"{field}.{name}" if field else name
            yield from differences(expected.get(name, MISSING), got.get(name, MISSING), below)
    elif isinstance(expected, list) and isinstance(got, list):
        yield from _of_lists(expected, got, field)
    elif _exact(expected) != _exact(got):
        yield DocumentDifference(field, expected, got)


def _of_lists(expected: list[Any], got: list[Any], field: str) -> Iterator[DocumentDifference]:
    matcher = SequenceMatcher(None, [*map(_exact, expected)], [*map(_exact, got)], autojunk=False)
    for kind, start, end, from_, to in matcher.get_opcodes():
        if kind == "equal":
            continue
        for at in range(max(end - start, to - from_)):
            left = expected[start + at] if start + at < end else MISSING
            right = got[from_ + at] if from_ + at < to else MISSING
            index = start + at if left is not MISSING else from_ + at
            yield from differences(left, right, f"{field}[{index}]")


def _exact(value: Any) -> str:
    """Return a key that is equal for equal values: numbers by the digits written, objects in any order of members."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{_exact(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_exact, value)) + "]"
    return "missing" if value is MISSING else fhir_json.dump(value).decode()


def rendered(value: Any, indent: int = 0, lead: int = 0) -> str:
    """Return JSON for people: a value that fits into one line stands in one line.

    `lead` is how many characters of the first line are used up.
    """
    line = _line(value)
    if not isinstance(value, dict | list) or not value or (indent and indent + lead + len(line) < _WIDTH):
        return line
    inside, pad = indent + 2, " " * (indent + 2)
    if isinstance(value, dict):
        rows = [f"{_line(name)}: {rendered(part, inside, len(name) + 5)}" for name, part in value.items()]
        return "{\n" + ",\n".join(pad + row for row in rows) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(pad + rendered(item, inside, 1) for item in value) + "\n" + " " * indent + "]"


def _line(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_line(name)}: {_line(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_line, value)) + "]"
    return fhir_json.dump(value).decode()
