"""A YAML file as a tree that knows its lines, so that every complaint leads an engineer to the place."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import yaml

from gateway.errors import ConfigurationError

_MAX_DEPTH = 20  # an alias may point to a node that contains it


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a file. `about` is put in front of complaints (`field birth_date`)."""

    file: Path
    node: yaml.Node
    about: str = ""
    depth: int = 0

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    def refuse(self, text: str) -> NoReturn:
        about = f"{self.about}: " if self.about else ""
        raise ConfigurationError(f"{shown(self.file)}:{self.line}: {about}{text}")

    def of(self, about: str) -> "Source":
        return Source(self.file, self.node, about, self.depth)

    def entries(self) -> Iterator[tuple["Source", str, "Source"]]:
        """(place of the key, key, value) of a YAML mapping; keys are text as written, none twice."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse("expected `name: value` lines")
        if self.depth > _MAX_DEPTH:
            self.refuse("nested too deep")
        seen: set[str] = set()
        for key_node, value_node in self.node.value:
            place = Source(self.file, key_node, self.about, self.depth + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                place.refuse("a name must be plain text")
            key = str(key_node.value)
            if key in seen:
                place.refuse(f"{key!r} occurs twice")
            seen.add(key)
            yield place, key, Source(self.file, value_node, self.about, self.depth + 1)

    def items(self) -> Iterator["Source"]:
        """The items of a YAML list."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse("expected a list")
        for node in self.node.value:
            yield Source(self.file, node, self.about, self.depth + 1)

    def text(self) -> str:
        """The scalar as written: in a code map `NO` is Norway, not false."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value:
            self.refuse("expected one value")
        return str(self.node.value)

    def flag(self) -> bool:
        text = self.text()
        if text not in ("true", "false"):
            self.refuse(f"{text!r} is neither true nor false")
        return text == "true"

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)


def shown(file: Path) -> str:
    """The name of a file as one would type it where one stands."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def parse(file: Path, data: bytes) -> Source:
    """The root of what `file` holds. Raises ConfigurationError for what is not one YAML document."""
    try:
        node = yaml.compose(data.decode(), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{shown(file)}: not UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigurationError(f"{shown(file)}{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{shown(file)}: not YAML: {error}") from error
    if node is None:
        raise ConfigurationError(f"{shown(file)}:1: the file is empty")
    return Source(file, node)
