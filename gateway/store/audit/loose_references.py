"""Find references to resources that are not stored, by reading the whole search index: what `gateway doctor` reports.

References that no search parameter covers, such as those in extensions, are not found.
"""

from dataclasses import dataclass

from gateway.store.layout.fields import DELETED, TOKENS, TYPE
from gateway.store.layout.schema import RESOURCES, Database, Document
from gateway.store.write.integrity import names_of_references

_LITERAL = r"^[A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64}$"
"""A reference to a resource of this server: Type/id."""


@dataclass(frozen=True, slots=True)
class LooseReferences:
    """References of one kind that lead nowhere.

    type: the type of the resources that refer.
    parameter: the search parameter that covers the reference.
    target: the type of the missing resources.
    count: the number of such references.
    example: `Type/id` of one resource that has such a reference.
    """

    type: str
    parameter: str
    target: str
    count: int
    example: str


async def loose_references(database: Database) -> list[LooseReferences]:
    """Return every kind of reference to a missing resource, the most frequent first."""
    cursor = await database[RESOURCES].aggregate(_pipeline(), allowDiskUse=True)
    return [LooseReferences(**row["_id"], count=row["count"], example=row["example"]) async for row in cursor]


def _pipeline() -> list[Document]:
    """Return the stages: split tokens into name and target, keep those of references, look up each target once."""
    names = sorted(set().union(*names_of_references().values()))
    reference = {"type": f"${TYPE}", "parameter": {"$first": "$parts"}, "target": {"$arrayElemAt": ["$parts", 1]}}
    live = [{"$match": {DELETED: False}}, {"$project": {"_id": 1}}]
    look_up = {
        "from": RESOURCES,
        "localField": "_id.target",
        "foreignField": "_id",
        "as": "targets",
        "pipeline": live,
    }
    target_type = {"$arrayElemAt": [{"$split": ["$_id.target", "/"]}, 0]}
    return [
        {"$match": {DELETED: False}},
        {"$project": {TYPE: 1, TOKENS: 1}},
        {"$unwind": f"${TOKENS}"},
        {"$project": {TYPE: 1, "parts": {"$split": [f"${TOKENS}", "|"]}}},
        {"$match": {"parts": {"$size": 2}, "parts.0": {"$in": names}, "parts.1": {"$regex": _LITERAL}}},
        {"$group": {"_id": reference, "count": {"$sum": 1}, "example": {"$first": "$_id"}}},
        {"$lookup": look_up},
        {"$match": {"targets": []}},
        {"$set": {"_id.target": target_type}},
        {"$group": {"_id": "$_id", "count": {"$sum": "$count"}, "example": {"$first": "$example"}}},
        {"$sort": {"count": -1, "_id": 1}},
    ]
