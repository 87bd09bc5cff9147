"""Read a YAML file as a tree that knows its lines, so that each message names file and line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import yaml

from gateway.mapping.source.file_fault import FileFault

_SHOWN = 200
_OPENED = ("while parsing a flow mapping", "while parsing a flow sequence", "while scanning a quoted scalar")
_HINTS = {
    "'\\t'": "indent lines by blanks, not by tabs",
    "cannot start any token": "write a text that begins so in quotes",
    "mapping values are not allowed": "write a text with `: ` in quotes, and the words of a field in one column",
    "<scalar>": "write a text with , or quotes in quotes",
    "<block mapping start>": "write the words of one field in one column",
}
"""A part of a message of the YAML parser -> what to write instead, most likely."""

_MAX_DEPTH = 20  # an alias may point to a node that contains it


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a file.

    field: the dotted name of the field that it belongs to, empty if it belongs to none.
    word: a word of the file that messages about the place begin with (`indexes`), empty for none.
    """

    file: Path
    node: yaml.Node
    field: str = ""
    depth: int = 0
    word: str = ""

    @property
    def line(self) -> int:
        """The line of this place in the file."""
        return int(self.node.start_mark.line) + 1

    def refuse(self, reason: str, error: type[FileFault] = FileFault) -> NoReturn:
        """Raise a FileFault about this place."""
        raise error(self.file, self.line, f"{self.word}: {reason}" if self.word else reason, self.field)

    def of_field(self, field: str) -> "Source":
        """Return the same place as one that belongs to `field`."""
        return replace(self, field=field)

    def of_word(self, word: str) -> "Source":
        """Return the same place as one whose messages begin with `word`."""
        return replace(self, word=word)

    def entries(self) -> Iterator[tuple["Source", str, "Source"]]:
        """Yield (place of the key, key, value) of a YAML mapping. Keys are text as written.

        Raises FileFault for anything else, and for a key that occurs twice.
        """
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse(f"expected `name: value` lines{self._found}")
        if self.depth > _MAX_DEPTH:
            self.refuse(f"is nested more than {_MAX_DEPTH} deep: it may contain itself by an alias (*)")
        seen: set[str] = set()
        for key_node, value_node in self.node.value:
            place = replace(self, node=key_node, depth=self.depth + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                place.refuse("a name must be plain text: write it without brackets")
            key = str(key_node.value)
            if key in seen:
                place.refuse(f"{key!r} occurs twice: leave one of them out")
            seen.add(key)
            yield place, key, replace(self, node=value_node, depth=self.depth + 1)

    def items(self) -> Iterator["Source"]:
        """Yield the items of a YAML list. Raises FileFault for anything else."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse(f"expected a list{self._found}")
        for node in self.node.value:
            yield replace(self, node=node, depth=self.depth + 1)

    def text(self) -> str:
        """Return a single value as written: in a code map `NO` is Norway, not false."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value:
            self.refuse(f"expected one value{self._found}")
        return str(self.node.value)

    def flag(self) -> bool:
        """Return a truth value. Raises FileFault for anything but true and false."""
        text = self.text()
        if text not in ("true", "false"):
            self.refuse(f"{text!r} must be true or false")
        return text == "true"

    @property
    def _found(self) -> str:
        """Return the end of a message: what stands here instead, as written."""
        begin, end = self.node.start_mark, self.node.end_mark
        text = begin.buffer[begin.pointer : end.pointer].strip() if begin.buffer else ""
        text = text.partition("\n")[0]
        return f", found {brief(text)!r}" if text else ", found nothing"

    @property
    def is_list(self) -> bool:
        """Whether a list stands here."""
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_mapping(self) -> bool:
        """Whether a mapping stands here."""
        return isinstance(self.node, yaml.MappingNode)


def brief(text: str) -> str:
    """Return a text for a message, cut off if it is long."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def parse(file: Path, data: bytes) -> Source:
    """Return the root of a file whose content is `data`. Raises FileFault unless it is one YAML document."""
    try:
        node = yaml.compose(data.decode(), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line, reason = not_utf8(error)
        raise FileFault(file, line, reason) from error
    except yaml.MarkedYAMLError as error:
        raise FileFault(file, *_not_yaml(error)) from error
    except yaml.reader.ReaderError as error:
        line = data.decode().count("\n", 0, error.position) + 1
        character = f"U+{error.character:04X}"
        raise FileFault(file, line, f"not YAML: the character {character} is not allowed") from error
    except RecursionError as error:
        raise FileFault(file, 1, "not YAML: nested too deep") from error
    if node is None:
        raise FileFault(file, 1, "the file is empty")
    return Source(file, node)


def not_utf8(error: UnicodeDecodeError) -> tuple[int, str]:
    """Return (line, reason) for a file in another encoding."""
    line = error.object.count(b"\n", 0, error.start) + 1
    return line, f"not UTF-8 text: byte 0x{error.object[error.start]:02x}"


def _not_yaml(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """Return (line, reason). For a bracket or quote that is not closed, it is the line where it is opened."""
    problem = str(error.problem)
    mark = error.problem_mark
    if error.context in _OPENED and error.context_mark and error.context_mark.buffer:
        begins = f", within {error.context_mark.buffer[error.context_mark.pointer]}, which is opened here"
        at = f" (line {mark.line + 1})" if mark and mark.line != error.context_mark.line else ""
        problem, mark = f"{problem}{at}{begins}", error.context_mark
    hint = next((f"; {hint}" for part, hint in _HINTS.items() if part in problem), "")
    return (mark.line + 1 if mark else 1), f"not YAML: {problem}{hint}"
