"""A YAML file as a tree that knows its lines, so that every complaint leads an engineer to the place."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import yaml

from gateway.errors import ConfigurationError

_SHOWN = 200
_OPENED = ("while parsing a flow mapping", "while parsing a flow sequence", "while scanning a quoted scalar")
_HINTS = {
    "'\\t'": "lines are indented by blanks, not by tabs",
    "cannot start any token": "a text that begins so is written in quotes",
    "mapping values are not allowed": "a text with `: ` is written in quotes, the words of a field in one column",
    "<scalar>": "a text with , or quotes is written in quotes",
    "<block mapping start>": "the words of one field stand in one column",
}
"""What is likely meant where the parser of YAML says this."""

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
            self.refuse(f"expected `name: value` lines{self._found}")
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
            self.refuse(f"expected a list{self._found}")
        for node in self.node.value:
            yield Source(self.file, node, self.about, self.depth + 1)

    def text(self) -> str:
        """The scalar as written: in a code map `NO` is Norway, not false."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value:
            self.refuse(f"expected one value{self._found}")
        return str(self.node.value)

    def flag(self) -> bool:
        text = self.text()
        if text not in ("true", "false"):
            self.refuse(f"{text!r} is neither true nor false")
        return text == "true"

    @property
    def _found(self) -> str:
        """What stands here instead, as written."""
        begin, end = self.node.start_mark, self.node.end_mark
        text = begin.buffer[begin.pointer : end.pointer].strip() if begin.buffer else ""
        text = text.partition("\n")[0]
        return f", found {brief(text)!r}" if text else ", found none"

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


def brief(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def parse(file: Path, data: bytes) -> Source:
    """The root of what `file` holds. Raises ConfigurationError for what is not one YAML document."""
    try:
        node = yaml.compose(data.decode(), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line, reason = not_utf8(error)
        raise ConfigurationError(f"{shown(file)}:{line}: {reason}") from error
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError(f"{shown(file)}:{_not_yaml(error)}") from error
    except yaml.reader.ReaderError as error:
        line = data.decode().count("\n", 0, error.position) + 1
        said = f"the character U+{error.character:04X}, which text does not have"
        raise ConfigurationError(f"{shown(file)}:{line}: not YAML: {said}") from error
    except RecursionError as error:
        raise ConfigurationError(f"{shown(file)}:1: not YAML: nested too deep") from error
    if node is None:
        raise ConfigurationError(f"{shown(file)}:1: the file is empty")
    return Source(file, node)


def not_utf8(error: UnicodeDecodeError) -> tuple[int, str]:
    """(line, reason) of a file in another encoding."""
    line = error.object.count(b"\n", 0, error.start) + 1
    return line, f"not UTF-8 text: byte 0x{error.object[error.start]:02x}"


def _not_yaml(error: yaml.MarkedYAMLError) -> str:
    """`line: reason`; of what is opened and not closed the line where it begins."""
    problem = str(error.problem)
    mark = error.problem_mark
    if error.context in _OPENED and error.context_mark and error.context_mark.buffer:
        begins = f", in what begins with {error.context_mark.buffer[error.context_mark.pointer]} here"
        at = f" (line {mark.line + 1})" if mark and mark.line != error.context_mark.line else ""
        problem, mark = f"{problem}{at}{begins}", error.context_mark
    hint = next((f"; {said}" for sign, said in _HINTS.items() if sign in problem), "")
    return f"{mark.line + 1 if mark else 1}: not YAML: {problem}{hint}"
