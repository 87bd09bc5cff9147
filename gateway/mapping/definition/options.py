"""Read the words of a field beside its path and type: `codes`, `function`, `default` and `read-only`."""

from gateway.mapping.codemaps import code_map
from gateway.mapping.definition import defaults
from gateway.mapping.functions import FUNCTIONS, Function
from gateway.mapping.source import suggestions
from gateway.mapping.source.yaml_source import Source
from gateway.mapping.values.lens import Type

Words = dict[str, Source]
"""Each word of a field -> its value, which knows its place."""


def codes(words: Words, type_: Type) -> code_map.CodeMap | None:
    """Return the code map of a field, None if it has none. Raises ConfigurationError."""
    if "codes" not in words or type_.lenses_by is not None:
        if "uncovered" in words:
            words["uncovered"].refuse("`uncovered` needs `codes`, and the type code or text: leave it out")
        return None
    if type_.name not in ("code", "text"):
        words["codes"].refuse(f"`codes` needs the type code or text, not {type_.name}")
    return code_map.load(words["codes"], words.get("uncovered"), has_default="default" in words)


def function(words: Words, type_: Type, *, many: bool) -> Function | None:
    """Return the function of a field, None if it has none. Raises ConfigurationError if it does not fit the field."""
    if "function" not in words:
        return None
    source = words["function"]
    function = FUNCTIONS.get(source.text())
    if function is None:
        near = suggestions.nearest(source.text(), FUNCTIONS)
        source.refuse(f"unknown function {source.text()!r}{near}; write one of {', '.join(FUNCTIONS)}")
    if function.takes and type_.name not in function.takes:
        source.refuse(f"function {function.name} takes {', '.join(sorted(function.takes))}, not {type_.name}")
    if function.many != many:
        hint = "a list: say `list: true`" if function.many else "one value: leave out `list`"
        source.refuse(f"function {function.name} gives {hint}")
    if not read_only(words):
        source.refuse(f"function {function.name} has no way back to FHIR: say `read-only: true`")
    return function


def default(words: Words, type_: Type, *, many: bool) -> object:
    """Return the default of a field, None if it has none. Raises ConfigurationError for a list."""
    if "default" not in words:
        return None
    if many:
        words["default"].refuse("a list cannot have a default: leave it out")
    return defaults.parse(words["default"], type_.name)


def read_only(words: Words) -> bool:
    """Return whether a field says that it is never written."""
    return "read-only" in words and words["read-only"].flag()
