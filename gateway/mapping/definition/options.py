"""What a field may say beside its path and type: codes, a function, a default, that it is read only."""

from gateway.mapping.codemaps import code_map as tables
from gateway.mapping.definition.defaults import default as read_default
from gateway.mapping.functions import FUNCTIONS, Function
from gateway.mapping.source import suggestions
from gateway.mapping.source.yaml_source import Source
from gateway.mapping.values.lens import Type

Words = dict[str, Source]
"""The words of a field, and where each stands."""


def codes(words: Words, type_: Type) -> tables.CodeMap | None:
    if "codes" not in words or type_.lenses_by is not None:
        if "uncovered" in words:
            words["uncovered"].refuse("`uncovered` goes with `codes`, and types code and text")
        return None
    if type_.name not in ("code", "text"):
        words["codes"].refuse(f"`codes` goes with type code or text, not {type_.name}")
    return tables.load(words["codes"], words.get("uncovered"), has_default="default" in words)


def function(words: Words, type_: Type, many: bool) -> Function | None:
    if "function" not in words:
        return None
    source = words["function"]
    function = FUNCTIONS.get(source.text())
    if function is None:
        near = suggestions.nearest(source.text(), FUNCTIONS)
        source.refuse(f"unknown function {source.text()!r}{near}; known are {', '.join(FUNCTIONS)}")
    if function.takes and type_.name not in function.takes:
        source.refuse(f"function {function.name} takes {', '.join(sorted(function.takes))}, not {type_.name}")
    if function.many != many:
        source.refuse(f"function {function.name} gives {'a list' if function.many else 'one value'}")
    if not read_only(words):
        source.refuse(f"function {function.name} has no way back to FHIR: say `read-only: true`")
    return function


def default(words: Words, type_: Type, many: bool) -> object:
    if "default" not in words:
        return None
    if many:
        words["default"].refuse("a list has no default")
    return read_default(words["default"], type_.name)


def read_only(words: Words) -> bool:
    return "read-only" in words and words["read-only"].flag()
