"""Read YAML so that every fault names file and line: known keys are read, and all other keys are faults."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import yaml

from gateway.errors import ConfigurationError
from gateway.fhir import r4

Word = TypeVar("Word", bound=str)


class Faults:
    """The faults of a file, collected so that all are reported at once."""

    def __init__(self) -> None:
        self._errors: list[ConfigurationError] = []

    def __len__(self) -> int:
        return len(self._errors)

    def add(self, error: ConfigurationError) -> None:
        """Add a fault, unless it is already there."""
        if error.text not in (known.text for known in self._errors):
            self._errors.append(error)

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Collect a ConfigurationError that the block raises, and continue after the block."""
        try:
            yield
        except ConfigurationError as error:
            self.add(error)

    def raise_any(self) -> None:
        """Raise one ConfigurationError with an issue for each fault, in the order of the file."""
        if self._errors:
            errors = sorted(self._errors, key=lambda error: error.line)
            raise ConfigurationError(errors[0].text, issues=[issue for error in errors for issue in error.issues])


class Block:
    """A YAML mapping. Reading a key marks it as known; `finish` refuses all keys that were not read."""

    def __init__(self, file: Path, node: yaml.Node) -> None:
        self._file, self._node = file, node
        self._known: set[str] = set()
        if not isinstance(node, yaml.MappingNode):
            raise self._at(node, "expected `key: value` lines")
        self._values: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in self._values:
                raise self._at(key, f"the key {getattr(key, 'value', '')!r} occurs twice or is not plain text")
            self._values[key.value] = key, value

    def fault(self, key: str, text: str) -> ConfigurationError:
        """Return the error about the value of `key`, or about the block if the key is missing."""
        return self._at(self._values[key][1] if key in self._values else self._node, f"{key}: {text}")

    def text(self, key: str, *, pattern: str) -> str:
        """Return a text that matches `pattern`."""
        value = self._scalar(key)
        if value is None:
            raise self.fault(key, "missing")
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.fault(key, f"expected text of the form {pattern}")
        return value

    def number(self, key: str, default: float, least: float, most: float) -> float:
        """Return a number between `least` and `most`."""
        value = self._scalar(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.fault(key, f"expected a number from {least} to {most}")
        return value

    def one_of(self, key: str, words: tuple[Word, ...]) -> Word:
        """Return one of `words`; the first is the default."""
        value = self._scalar(key)
        if value is None:
            return words[0]
        for word in words:
            if word == value:
                return word
        raise self.fault(key, f"expected one of {', '.join(words)}")

    def resource_types(self, key: str) -> tuple[str, ...]:
        """Return a list of R4 resource types, each once."""
        found = [self._type(key, node) for node in self._sequence(key)]
        if not found or len(set(found)) != len(found):
            raise self.fault(key, "expected a list of resource types, each once")
        return tuple(found)

    def block(self, key: str) -> "Block | None":
        """Return a mapping within this one, None if absent."""
        self._known.add(key)
        return Block(self._file, self._values[key][1]) if key in self._values else None

    def blocks(self, key: str, faults: Faults) -> Iterator["Block"]:
        """Yield the mappings of a list; add a fault for any other item, and skip it."""
        for node in self._sequence(key):
            with faults.collected():
                yield Block(self._file, node)

    def finish(self) -> None:
        """Raise ConfigurationError for keys that were not read."""
        for key, (node, _) in self._values.items():
            if key not in self._known:
                raise self._at(node, f"unknown key {key!r}; known are {', '.join(sorted(self._known))}")

    def _type(self, key: str, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.value not in r4.resource_types():
            raise self._at(node, f"{key}: {getattr(node, 'value', '')!r} is not an R4 resource type")
        return str(node.value)

    def _sequence(self, key: str) -> list[yaml.Node]:
        self._known.add(key)
        if key not in self._values:
            return []
        node = self._values[key][1]
        if not isinstance(node, yaml.SequenceNode):
            raise self.fault(key, "expected a list")
        return list(node.value)

    def _scalar(self, key: str) -> Any:
        self._known.add(key)
        if key not in self._values:
            return None
        node = self._values[key][1]
        if not isinstance(node, yaml.ScalarNode):
            raise self.fault(key, "expected a plain value")
        try:
            return yaml.safe_load(yaml.serialize(node))
        except (yaml.YAMLError, ValueError):
            raise self.fault(key, "not a plain value") from None

    def _at(self, node: yaml.Node, text: str) -> ConfigurationError:
        line = node.start_mark.line + 1
        return ConfigurationError(f"{self._file}:{line}: {text}", line=line)


def read(path: Path) -> Block:
    """Return the top block of a YAML file. Raises ConfigurationError if it is missing, unreadable or not YAML."""
    try:
        node = yaml.compose(path.read_text("utf-8"), yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "not UTF-8")
        raise ConfigurationError(f"{path}: cannot be read (--partners or GATEWAY_PARTNERS): {why}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{path}:{line}: not YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise ConfigurationError(f"{path}: not YAML") from None
    if node is None:
        raise ConfigurationError(f"{path}:1: the file is empty; expected `partners:`")
    return Block(path, node)
