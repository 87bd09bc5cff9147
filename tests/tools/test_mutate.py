"""tools/mutate.py: which tests a mutant meets, and that a changed module is the one that is imported."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("mutate", ROOT / "tools" / "mutate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutate"] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


mutate = _load()


def test_the_test_file_of_the_module_comes_first_then_the_others_of_its_folder() -> None:
    files = [Path(file).relative_to(ROOT) for file in mutate.tests("gateway/store/write/decide.py")]
    assert files[0] == Path("tests/store/write/test_decide.py")
    assert {file.parent for file in files} == {Path("tests/store/write")} and len(files) == len(set(files)) > 3


def test_the_changed_source_is_imported_instead_of_the_file() -> None:
    finder = mutate._Finder("gateway/memory.py", "ANSWER = 42")
    spec = finder.find_spec("gateway.memory")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.ANSWER == 42 and not hasattr(module, "Memory")
    assert finder.find_spec("gateway.budget") is None


def test_a_mutant_is_one_change_and_the_same_for_the_same_seed() -> None:
    pytest.importorskip("cosmic_ray", reason="Cosmic Ray is installed by `make mutate` only")
    drawn = mutate.draw([ROOT / "gateway" / "memory.py"], 5, seed=1)
    assert drawn == mutate.draw([ROOT / "gateway" / "memory.py"], 5, seed=1) and len(set(drawn)) == 5
    before = (ROOT / "gateway" / "memory.py").read_text().splitlines()
    for mutant in drawn:
        after = mutate.mutated(mutant).splitlines()
        assert sum(left != right for left, right in zip(before, after, strict=True)) == 1
