"""Make the JSON Schema of the mapping language, so that editors complete and check mapping files.

It is made from the tables that the loader uses and from the page that describes them. It cannot check paths: only the
loader knows which elements exist (`gateway map check`). https://json-schema.org/draft/2020-12
"""

import re
from importlib.resources import files
from typing import Any, get_args

from gateway.fhir import r4
from gateway.mapping.codemaps.code_map import READERS, Uncovered
from gateway.mapping.definition.defaults import PARSERS
from gateway.mapping.definition.load import RESERVED, WORDS
from gateway.mapping.functions import FUNCTIONS
from gateway.mapping.types import TYPES

Schema = dict[str, Any]

_ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)
_NAME = "^[a-z][a-z0-9_]{0,62}$"
_SCALAR = {"type": ["string", "number", "boolean"]}  # the loader reads it as written: `NO` is Norway, not false
_CODED = ["code", "text"]
_KEYS: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
_NOT_WITH_FIELDS = ("type", "to", "codes", "uncovered", "function", "default")


def shipped() -> str:
    """Return the schema as text, as `tools/generate_mapping_schema.py` made it for this release."""
    return files("gateway.mapping").joinpath("schema.json").read_text("utf-8")


def schema(page: str) -> Schema:
    """Make the schema. `page` is docs/reference/mapping-language.md, whose row about each word of the language becomes
    its description."""
    descriptions = {word: _description(row) for word, row in _ROW.findall(page)}
    resources = sorted(r4.resource_types())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A mapping of FHIR to internal documents",
        "type": "object",
        "required": ["resource", "collection", "fields"],
        "additionalProperties": False,
        "properties": {
            "resource": {"description": "The R4 resource type that is mapped", "enum": resources},
            "collection": {"description": "The collection of MongoDB the documents go to", "pattern": _NAME},
            "fields": {
                "description": "The fields of the document, in their order",
                "allOf": [{"$ref": "#/$defs/fields"}, {"propertyNames": {"not": {"enum": list(RESERVED)}}}],
            },
            "indexes": {
                "description": "What the collection is asked for often",
                "type": "array",
                "items": {"anyOf": [_KEYS, _index()]},
            },
        },
        "$defs": {
            "fields": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": _NAME},
                "additionalProperties": {"$ref": "#/$defs/field"},
            },
            "field": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    word: {"description": descriptions[word], **_word(word, descriptions, resources)} for word in WORDS
                },
                "oneOf": [{"required": ["type"]}, {"required": ["fields"]}],
                "allOf": [*_together(), *_by_type(), *_by_function()],
            },
        },
    }


def _index() -> Schema:
    return {
        "type": "object",
        "required": ["fields"],
        "additionalProperties": False,
        "properties": {
            "fields": {"description": "Dotted names, descending with - in front", **_KEYS},
            "sparse": {"description": "Without documents that have none of the fields", "type": "boolean"},
            "present": {"description": "Without documents that do not have this field", "type": "string"},
        },
    }


def _description(row: str) -> str:
    """Return the cells of a row as a sentence."""
    return ": ".join(cell.strip() for cell in re.split(r"(?<!\\)\|", row)).replace("\\|", "|")


def _word(word: str, descriptions: dict[str, str], resources: list[str]) -> Schema:
    suffixes = "|".join(re.escape(suffix) for suffix in READERS)
    shapes: dict[str, Schema] = {
        "path": {"type": "string", "minLength": 1},
        "type": {"enum": list(TYPES), "enumDescriptions": [descriptions[name] for name in TYPES]},
        "list": {"type": "boolean"},
        "fields": {"$ref": "#/$defs/fields"},
        "to": {"enum": resources},
        "codes": {
            "anyOf": [
                {"type": "object", "minProperties": 1, "additionalProperties": _SCALAR},
                {"type": "string", "pattern": rf"^[^/\\]+({suffixes})$"},
            ]
        },
        "uncovered": {"enum": list(get_args(Uncovered))},
        "default": _SCALAR,
        "function": {"enum": list(FUNCTIONS), "enumDescriptions": [descriptions[name] for name in FUNCTIONS]},
        "read-only": {"type": "boolean"},
    }
    return shapes[word]


def _together() -> list[Schema]:
    """Return the rules for words that need or exclude other words."""
    return [
        _when(_has("fields"), {"not": {"anyOf": [_has(word) for word in _NOT_WITH_FIELDS]}}),
        _when(_has("type"), _has("path")),
        _when({"allOf": [_has("fields"), _is("list", [True])]}, _has("path")),
        _when(_has("codes"), _is("type", [*_CODED, *_judging()])),
        _when(_has("uncovered"), {"allOf": [_has("codes"), _is("type", _CODED)]}),
        _when(_is("uncovered", ["default"]), _has("default")),
        _when(_has("default"), {"allOf": [_is("type", list(PARSERS)), {"not": _is("list", [True])}]}),
        _when(_has("function"), _is("read-only", [True])),
    ]


def _judging() -> list[str]:
    """Return the types that judge by codes, and so can take a map of local codes."""
    return [type_.name for type_ in TYPES.values() if type_.lenses_by is not None]


def _by_type() -> list[Schema]:
    pointing = [type_.name for type_ in TYPES.values() if type_.lenses_to is not None]
    return [_when(_is("type", pointing), _has("to")), _when(_has("to"), _is("type", pointing))]


def _by_function() -> list[Schema]:
    return [
        _when(
            _is("function", [function.name]),
            {
                "allOf": [
                    *([_is("type", sorted(function.takes))] if function.takes else []),
                    _is("list", [True]) if function.many else {"not": _is("list", [True])},
                ]
            },
        )
        for function in FUNCTIONS.values()
    ]


def _when(condition: Schema, then: Schema) -> Schema:
    return {"if": condition, "then": then}


def _has(word: str) -> Schema:
    return {"required": [word]}


def _is(word: str, values: list[Any]) -> Schema:
    return {"required": [word], "properties": {word: {"enum": values}}}
