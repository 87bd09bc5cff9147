"""Mutation testing: change the code in small ways, and see whether the quick tests notice. `make mutate`

    python tools/mutate.py [--count 400] [--seed 1] [PATH…]

Draws `--count` mutants at random, the same ones for the same seed, from all that the operators of Cosmic Ray
(https://cosmic-ray.readthedocs.io) can make of the modules at PATH. For each one, the tests of the folder that mirrors
the module's run until the first fails: then the mutant is killed. One that survives shows behavior that no quick test
asserts, or a change that makes no difference; it is printed with its line before and after.

Only the operators are Cosmic Ray's. Its own runner starts Python for every mutant and changes files in place; here each
mutant runs in a process forked from one that has imported all that is not mutated, and no file changes. What the tests
of several folders assert together is not seen: a survivor here may still be killed by the whole suite.
"""

import argparse
import difflib
import importlib
import os
import pkgutil
import resource
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from random import Random
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PATHS = ("gateway/search", "gateway/mapping", "gateway/store/write")
_SECONDS = 120.0
"""Processor time after which the tests of an unchanged module are given up."""
_LEFT_OUT = ("NoOp", "Variable", "RemoveDecorator", "ReplaceBinaryOperator_BitOr")
"""Operators whose mutants say little; `|` mostly stands in annotations, where any change ends the import."""


@dataclass(frozen=True, order=True)
class Mutant:
    """The change that `operator` makes at its position number `occurrence` in the file at `path`."""

    path: str
    operator: str
    occurrence: int


# --- drawing


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of the file."""
    tree, operators = _tree(path.read_text()), _operators()
    for name, operator in operators.items():
        number = sum(len(list(operator.mutation_positions(node))) for node in _nodes(tree))
        for occurrence in range(number):
            yield Mutant(str(path.relative_to(ROOT)), name, occurrence)


def draw(paths: Sequence[Path], count: int, seed: int) -> list[Mutant]:
    """Draw `count` of all mutants of the files and folders; the same ones for the same seed and code."""
    files = [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    every = sorted(mutant for file in files for mutant in mutants(file))
    return sorted(Random(seed).sample(every, min(count, len(every))))


def mutated(mutant: Mutant) -> str:
    """Return the source of the module with the change."""
    tree, operator = _tree((ROOT / mutant.path).read_text()), _operators()[mutant.operator]
    number = 0
    for node in _nodes(tree):
        positions = len(list(operator.mutation_positions(node)))
        if mutant.occurrence < number + positions:
            new = operator.mutate(node, mutant.occurrence - number)
            if new is not node:
                siblings = node.parent.children
                siblings[next(index for index, child in enumerate(siblings) if child is node)] = new
            return str(tree.get_code())
        number += positions
    raise ValueError(f"no such mutant: {mutant}")


def _tree(source: str) -> Any:
    import parso

    return parso.parse(source)


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in list(getattr(node, "children", ())):
        yield from _nodes(child)


def _operators() -> dict[str, Any]:
    from cosmic_ray.operators.provider import OperatorProvider

    provider = OperatorProvider()
    names = sorted(name for name in provider if not any(part in name for part in _LEFT_OUT))
    return {name: provider[name]() for name in names}


# --- running


class _Finder(MetaPathFinder):
    """Finds one module, with another source than its file has."""

    def __init__(self, path: str, source: str) -> None:
        self.name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.path, self.source = str(ROOT / path), source

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        loader = _Loader(name, self.path)
        loader.source = self.source
        return spec_from_file_location(name, self.path, loader=loader)


class _Loader(SourceFileLoader):
    source = ""

    def get_code(self, fullname: str) -> Any:
        return compile(self.source, self.path, "exec", dont_inherit=True)


def tests(path: str) -> list[str]:
    """Return the tests for a module: the file of its name first, then the folder that mirrors the module's."""
    folder = ROOT / "tests" / Path(path).parent.relative_to("gateway")
    while not folder.is_dir():
        folder = folder.parent
    nearest = folder / f"test_{Path(path).stem}.py"
    files = sorted(folder.glob("test_*.py"))
    return [str(file) for file in (([nearest] if nearest in files else []) + [f for f in files if f != nearest])]


def run(path: str, source: str, seconds: float) -> tuple[str, float]:
    """Run the tests of the module at `path` with another source, for at most `seconds` of processor time.

    Return what became of the mutant, and the seconds used. One that is stopped counts as killed: it may never end.
    """
    child = os.fork()
    if child == 0:
        _run_tests(path, source, int(seconds))
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return {0: "survived", 5: "no tests"}.get(code, "killed"), used.ru_utime + used.ru_stime


def _run_tests(path: str, source: str, seconds: int) -> None:
    """Run the tests in this forked process and end it with pytest's exit code."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.meta_path.insert(0, _Finder(path, source))
    with tempfile.TemporaryDirectory() as folder:
        options = ["-x", "-q", "-p", "no:cacheprovider", f"--basetemp={folder}/pytest"]
        code = pytest.main([*options, *tests(path)])
    os._exit(int(code))


def _import_what_is_not_mutated() -> None:
    for name in (
        "hypothesis",
        "pymongo",
        "mongomotor",
        "fastapi",
        "pydantic_settings",
        "typer",
        "rich.table",
        "uvicorn",
    ):
        importlib.import_module(name)
    for module in pkgutil.walk_packages(importlib.import_module("gateway.fhir").__path__, "gateway.fhir."):
        importlib.import_module(module.name)


def _change(mutant: Mutant, source: str) -> str:
    lines = difflib.unified_diff((ROOT / mutant.path).read_text().splitlines(), source.splitlines(), n=0, lineterm="")
    return "\n    ".join(list(lines)[2:])


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, default=[Path(path) for path in PATHS])
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    os.chdir(ROOT)
    drawn = draw([ROOT / path for path in options.paths], options.count, options.seed)
    _import_what_is_not_mutated()
    limits: dict[str, float] = {}
    results: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant in drawn:
        folder = str(Path(mutant.path).parent)
        if folder not in limits:
            result, took = run(mutant.path, (ROOT / mutant.path).read_text(), _SECONDS)
            limits[folder] = 3 * took + 10 if result == "survived" else 0
            if result != "survived":
                _say(f"the tests of {folder} do not pass without a change ({result}): its mutants are left out")
        if not limits[folder]:
            continue
        source = mutated(mutant)
        result, _ = run(mutant.path, source, limits[folder])
        results[mutant.path][result] += 1
        if result != "killed":
            _say(f"{result}: {mutant.path} {mutant.operator}\n    {_change(mutant, source)}")
    for path, counts in sorted(results.items()):
        _say(f"{counts['killed']:4} of {counts.total():4} killed  {path}")
    killed, total = sum(counts["killed"] for counts in results.values()), sum(c.total() for c in results.values())
    _say(f"{killed} of {total} killed, {killed / max(1, total):.0%}")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
