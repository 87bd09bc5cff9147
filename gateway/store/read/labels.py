"""Which profiles, tags and security labels are in use: read from the search index, resource by resource that has any.

https://hl7.org/fhir/R4/resource-operation-meta.html
"""

from collections.abc import Collection, Mapping

from gateway.errors import TooLarge
from gateway.search.notation.tokens import LAST, unescape
from gateway.store.layout.schema import RESOURCES, Database, Document
from gateway.store.read import charged

NAMES = ("_profile", "_security", "_tag")
MOST = 10_000
"""Different labels that one answer may hold."""


async def labels(database: Database, types: Collection[str]) -> Mapping[str, list[tuple[str, str]]]:
    """By the name of the search parameter, `_profile` and so on: (system, code), of a profile ("", address), sorted.
    Raises TooLarge."""
    within = {"$elemMatch": {"$gte": "_", "$lt": "_" + LAST}}
    pipeline: list[Document] = [
        {"$match": {"t": {"$in": list(types)}, "k": within, "x": False}},
        {"$project": {"_id": 0, "k": 1}},
        {"$unwind": "$k"},
        {"$match": {"$or": [{"k": {"$gte": f"{name}|", "$lt": f"{name}|{LAST}"}} for name in NAMES]}},
        {"$group": {"_id": "$k"}},
        {"$limit": MOST + 1},
        {"$sort": {"_id": 1}},
    ]
    found = await charged.all_of(await database[RESOURCES].aggregate(pipeline))
    if len(found) > MOST:
        raise TooLarge(f"there are more than {MOST} different labels; ask for those of one resource type")
    told: dict[str, list[tuple[str, str]]] = {name: [] for name in NAMES}
    for one in found:
        name, _, rest = one["_id"].partition("|")
        code, _, system = rest.partition("|")
        told[name].append(("", rest) if name == "_profile" else (system, unescape(code)))
    return told
