"""The schemas of `/internal`: documents, problems, letters, local codes, mappings."""

from gateway.api.openapi.elements import COUNT, FLAG, TEXT, TIME, Json, items, nullable, record, schema

STATES = ("open", "accepted", "rejected", "skipped")
STATE: Json = {"type": "string", "enum": [*STATES]}

SCHEMAS: Json = {
    "Problem": {
        "type": "object",
        "properties": {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "errors": items(
                {"type": "object", "properties": {"field": TEXT, "path": TEXT, "text": TEXT}, "required": ["text"]}
            ),
        },
        "required": ["type", "title", "status"],
    },
    "Document": {
        "type": "object",
        "description": "The fields that the mapping of the collection declares; GET /internal lists them.",
        "properties": {
            "_id": TEXT,
            "fhir": record(type=TEXT, version={"type": "integer"}, updated=TIME, origin=TEXT, mapping=TEXT),
        },
        "required": ["_id", "fhir"],
    },
    "NewDocument": {
        "type": "object",
        "description": "A document without what the gateway adds: fields that are read-only may be left out.",
    },
    "JsonPatch": items(
        {"type": "object", "properties": {"op": TEXT, "path": TEXT}, "required": ["op", "path"]},
    ),
    "Field": {
        "type": "object",
        "properties": {"name": TEXT, "type": TEXT, "list": FLAG, "read_only": FLAG, "path": TEXT},
        "required": ["name", "type", "list", "read_only"],
    },
    "Collection": record(name=TEXT, resource=TEXT, writable=FLAG, count=COUNT, fields=items(schema("Field"))),
    "Letter": record(
        source=TEXT, key=TEXT, reason=TEXT, detail=TEXT, bytes=COUNT, attempts=COUNT, first=TIME, last=TIME
    ),
    "LocalCode": {
        "type": "object",
        "properties": {
            "key": TEXT,
            "from": TEXT,
            "unit": TEXT,
            "names": items(TEXT),
            "count": COUNT,
            "state": STATE,
            "code": TEXT,
            "known": FLAG,
            "values": TEXT,
            "suggestions": items({"type": "object"}),
            "decisions": items({"type": "object"}),
        },
        "required": ["key", "from", "unit", "names", "count", "state", "suggestions", "decisions"],
    },
    "Decision": {
        "type": "object",
        "properties": {
            "key": TEXT,
            "decision": {"type": "string", "enum": ["accept", "reject", "skip", "reopen"]},
            "by": {"type": "string", "description": "The name of the person who decides"},
            "code": {"type": "string", "description": "The LOINC code that is accepted"},
            "every_unit": {"type": "boolean", "description": "The code is right for all units it came with"},
            "change": {"type": "boolean", "description": "Replace what the code map says"},
        },
        "required": ["key", "decision", "by"],
        "additionalProperties": False,
    },
    "MappingInUse": record(collection=TEXT, resource=TEXT, stamp=TEXT, stale=nullable(COUNT)),
}
