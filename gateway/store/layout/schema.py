"""Name the collections of a gateway's database, and say what each holds.

    resources  {_id: "Observation/abc", t, i, v, u, x, b, o, m, …search fields}   current versions, deletions included
    versions   {_id: "Observation/abc/2", t, i, v, u, x, b, o}                     superseded versions only
    feed       {_id: position, t, i, v, a, u, o, p}                                every change, in order, without gaps
    counters   {_id: "feed", seq, at, by, before}                                  the head of the feed
    writers    {_id: process, session, until}                                      see gateway.store.write.presence
    followers  {_id: name, seq, owner, until}                                      see gateway.store.feed.followers
    letters    {_id: "source key", source, key, reason, detail, payload, attempts, first, last}
    links      {_id: "partner type/id", partner, rt, ri, rv, t, i, v}
    imports    {_id: "Observation/abc", t, i, source, name, …}                     see gateway.store.bookkeeping.imports
    state      {_id: key, value}
    words_1    {_id: "Observation/abc", t, w, n, c}                                the text index

What the short names mean stands in gateway.store.layout.fields. The collections of internal documents are named by
their mappings. gateway.store.layout.create creates the collections.
"""

from typing import Any

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from gateway.search.indexing import text_document
from gateway.store.layout.fields import BODY, DELETED, ID, ORIGIN, TYPE, UPDATED, VERSION

Document = dict[str, Any]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]

RESOURCES, VERSIONS, FEED, COUNTERS = "resources", "versions", "feed", "counters"
FOLLOWERS, LETTERS, LINKS, STATE, WRITERS = "followers", "letters", "links", "state", "writers"
IMPORTS = "imports"
WORDS = f"words_{text_document.VERSION}"
NAMES = (RESOURCES, VERSIONS, FEED, COUNTERS, FOLLOWERS, LETTERS, LINKS, IMPORTS, STATE, WRITERS, WORDS)

VERSION_FIELDS = {TYPE: 1, ID: 1, VERSION: 1, UPDATED: 1, DELETED: 1, BODY: 1, ORIGIN: 1}
"""The projection that reads one version without its search fields."""
