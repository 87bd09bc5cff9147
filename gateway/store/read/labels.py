"""List the profiles, tags and security labels in use, read from the search index of those resources that have any.

https://hl7.org/fhir/R4/resource-operation-meta.html
"""

from collections.abc import Collection, Mapping

from gateway.errors import TooLarge
from gateway.search.notation.tokens import LAST, unescape
from gateway.store.layout.fields import DELETED, TOKENS, TYPE
from gateway.store.layout.schema import RESOURCES, Database, Document
from gateway.store.read import charged

NAMES = ("_profile", "_security", "_tag")
MOST_LABELS = 10_000
"""The most different labels that one answer may hold."""


async def labels(database: Database, types: Collection[str]) -> Mapping[str, list[tuple[str, str]]]:
    """Return the sorted labels of live resources of `types`, by search parameter: `_profile`, `_security` and `_tag`.

    A label is (system, code); a profile is ("", canonical URL). Raises TooLarge if there are more than MOST_LABELS.
    """
    # The names of all three begin with "_": a range that the index answers, before the tokens are looked at.
    within = {"$elemMatch": {"$gte": "_", "$lt": "_" + LAST}}
    pipeline: list[Document] = [
        {"$match": {TYPE: {"$in": list(types)}, TOKENS: within, DELETED: False}},
        {"$project": {"_id": 0, TOKENS: 1}},
        {"$unwind": f"${TOKENS}"},
        {"$match": {"$or": [{TOKENS: {"$gte": f"{name}|", "$lt": f"{name}|{LAST}"}} for name in NAMES]}},
        {"$group": {"_id": f"${TOKENS}"}},
        {"$limit": MOST_LABELS + 1},
        {"$sort": {"_id": 1}},
    ]
    rows = await charged.all_of(await database[RESOURCES].aggregate(pipeline))
    if len(rows) > MOST_LABELS:
        raise TooLarge(f"there are more than {MOST_LABELS} different labels; ask for those of one resource type")
    labels_of: dict[str, list[tuple[str, str]]] = {name: [] for name in NAMES}
    for row in rows:
        name, _, rest = row["_id"].partition("|")
        code, _, system = rest.partition("|")
        labels_of[name].append(("", rest) if name == "_profile" else (system, unescape(code)))
    return labels_of
