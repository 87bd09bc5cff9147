"""What `_include` and `_revinclude` add to a page: https://hl7.org/fhir/R4/search.html#include"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from gateway import budget, event_loop
from gateway.errors import TooCostly
from gateway.fhir import r4
from gateway.search.compile.alternatives import either
from gateway.search.definitions.parameters import parameters
from gateway.search.language.controls import Include
from gateway.search.notation.canonicals import named_by, tokens_to
from gateway.search.query import Query
from gateway.search.types.reference import local, pointers
from gateway.store.find.snapshot import Snapshot
from gateway.store.layout.schema import VERSION_FIELDS, VERSIONS, Document

_MOST = 5_000
_RELATIVE = re.compile(r"(([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?", re.ASCII)
_PAST = "_history"
FIELDS = {**VERSION_FIELDS, "k": 1}
_KEYS = {"t": 1, "k": 1}


class TooManyIncluded(TooCostly):
    """Raised when a page and its includes are more than one answer may hold."""


async def included(
    snapshot: Snapshot, query: Query, matched: Sequence[Document], *, bodies: bool = True
) -> list[Document]:
    """Return the documents that a page includes, each once and without the matches themselves.

    bodies: False to read only their keys, in order to count them. Raises TooManyIncluded.
    """
    seen = {document["_id"] for document in matched}
    found: list[Document] = []
    forward, backward, latest = query.includes, query.revincludes, list(matched)
    while latest and (forward or backward):
        fields = FIELDS if bodies else _KEYS
        latest = await _one_round(snapshot, query.base, forward, backward, latest, seen, fields)
        found += latest
        forward = tuple(one for one in forward if one.iterate)
        backward = tuple(one for one in backward if one.iterate)
    return found


async def _one_round(
    snapshot: Snapshot,
    base: str,
    forward: Iterable[Include],
    backward: Iterable[Include],
    documents: list[Document],
    seen: set[str],
    fields: Document,
) -> list[Document]:
    """What `documents` lead to and was not `seen`; marks it as seen."""
    aims = await event_loop.run(lambda: _all_aims(forward, documents, base), documents)
    added, current = await _versions(snapshot, {key for kind, key in aims if kind == _PAST} - seen)
    seen.update(document["_id"] for document in added)
    aims = {(kind, key) for kind, key in aims if kind != _PAST} | {(None, key) for key in current}
    conditions = [*_aimed_at(aims, seen)]
    conditions += await event_loop.run(lambda: _all_pointing(backward, documents, base), documents)
    for condition in conditions:
        room = _MOST - len(seen)
        pipeline: list[Document] = [
            {"$match": {**condition, "x": False}},
            {"$limit": max(room, 0) + 1},
            {"$project": fields},
        ]
        new = [document for document in await snapshot.read(pipeline, _MOST) if document["_id"] not in seen]
        if len(new) > room:
            raise TooManyIncluded(f"a page and its includes hold more than {_MOST} resources")
        added += new
        seen.update(document["_id"] for document in new)
    return added


async def included_part(
    snapshot: Snapshot, query: Query, matched: Document, after: str
) -> tuple[list[Document], str | None]:
    """Return the includes of one match that come after the key `after`, as many as an answer holds, ordered by key, and
    the last of these keys; None instead of the key if no includes are left.

    Raises TooCostly for :iterate, which needs all includes at once.
    """
    if any(include.iterate for include in (*query.includes, *query.revincludes)):
        text = f"a single resource includes more than {_MOST} resources: leave out :iterate to get them in pages"
        raise TooCostly(text)
    aims = {aim for one in query.includes for aim in _aims(one, matched, query.base)}
    past, current = await _versions(snapshot, {key for kind, key in aims if kind == _PAST})
    aims = {(kind, key) for kind, key in aims if kind != _PAST} | {(None, key) for key in current}
    includes = {document["_id"]: document for document in past if document["_id"] > after}
    conditions = [*_aimed_at(aims, {matched["_id"]})]
    conditions += [filter_ for one in query.revincludes for filter_ in _pointing(one, [matched], query.base)]
    for condition in conditions:
        rest: Document = {"_id": {"$gt": after, "$ne": matched["_id"]}, "x": False}
        pipeline: list[Document] = [
            {"$match": {"$and": [condition, rest]}},
            {"$sort": {"_id": 1}},
            {"$limit": _MOST + 1},
            {"$project": VERSION_FIELDS},
        ]
        includes |= {document["_id"]: document for document in await snapshot.read(pipeline, _MOST)}
    keys = sorted(includes)[: _MOST + 1]
    return [includes[key] for key in keys[:_MOST]], keys[_MOST - 1] if len(keys) > _MOST else None


async def _versions(snapshot: Snapshot, keys: set[str]) -> tuple[list[Document], set[str]]:
    """ "If a resource has a reference that is versioned and _include is performed, the specified version SHOULD be
    provided." Of `Type/id/version` those that are superseded, and of the others what is to be given as it is now."""
    if not keys:
        return [], set()
    match: Document = {"$match": {"_id": {"$in": sorted(keys)}, "x": False}}
    found = await snapshot.read([match, {"$project": VERSION_FIELDS}], len(keys) + 1, VERSIONS)
    return found, {key.rpartition("/")[0] for key in keys - {document["_id"] for document in found}}


def _aimed_at(aims: set[tuple[str | None, str]], seen: set[str]) -> Iterator[Document]:
    """Filters for what is pointed at: by (None, `Type/id`), and by (type, canonical address)."""
    keys = {key for type_, key in aims if type_ is None} - seen
    if keys:
        yield {"_id": {"$in": sorted(keys)}}
    for target in sorted({type_ for type_, _ in aims if type_}):
        yield {"t": target, "$and": [either(named_by(address for type_, address in aims if type_ == target))]}


def _all_aims(includes: Iterable[Include], documents: Sequence[Document], base: str) -> set[tuple[str | None, str]]:
    found = set[tuple[str | None, str]]()
    for one in includes:
        for document in documents:
            budget.check()
            found.update(_aims(one, document, base))
    return found


def _all_pointing(includes: Iterable[Include], documents: Sequence[Document], base: str) -> list[Document]:
    return [filter_ for one in includes for filter_ in _pointing(one, documents, base)]


def _aims(include: Include, document: Document, base: str) -> Iterator[tuple[str | None, str]]:
    for one in _of(include, document["t"]):
        pointers = _pointers(one, document, base)
        for pointer in pointers:
            found = _RELATIVE.fullmatch(pointer)
            if found and one.target in (None, found[2]):
                yield (_PAST, f"{found[1]}/{found[3]}") if found[3] else (None, pointer)
            elif one.canonical and ":" in pointer and "|" in pointer:
                yield from ((target, pointer) for target in _canonical_targets(one))


def _pointers(include: Include, document: Document, base: str) -> list[str]:
    """What a document refers to. With a version it is among the tokens without one as well, which is not meant here."""
    prefixes = tuple(f"{name}|" for name in include.names)
    tokens = [token for token in document.get("k", ()) if token.startswith(prefixes)]
    pointers = [local(token.partition("|")[2], base) for token in tokens]
    versioned = {pointer.partition("/_history/")[0] for pointer in pointers if "/_history/" in pointer}
    return [pointer for pointer in pointers if pointer not in versioned]


def _pointing(include: Include, documents: Sequence[Document], base: str) -> Iterator[Document]:
    """The filters for resources that refer to one of `documents`."""
    if include.source is None:
        each = {type_: _all_to(type_, documents, base) for type_ in sorted(r4.resource_types())}
        filters = [{"t": type_, "k": {"$in": tokens}} for type_, tokens in each.items() if tokens]
        if filters:
            yield {"$or": filters}
    elif tokens := _tokens(include, documents, base):
        yield {"t": include.source, "k": {"$in": tokens}}


def _all_to(type_: str, documents: Sequence[Document], base: str) -> list[str]:
    """The tokens of all parameters of a type, as far as those may refer to what the documents are."""
    known = parameters(type_)
    found = list[str]()
    for one in _every(type_):
        budget.check()
        aimed = [document for document in documents if document["t"] in known[one.names[0]].targets]
        found += _tokens(one, aimed, base)
    return found


def _tokens(include: Include, documents: Sequence[Document], base: str) -> list[str]:
    aimed = [document for document in documents if include.target in (None, document["t"])]
    tokens = pointers(include.names, [one["_id"] for one in aimed], base)
    if include.canonical:
        tokens += tokens_to(include.names, (one.get("k", ()) for one in aimed))
    return tokens


def _canonical_targets(include: Include) -> tuple[str, ...]:
    return (include.target,) if include.target else canonical_targets(include.source or "", include.names)


@cache
def canonical_targets(source: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The types whose resources have an address of their own, among those that the parameters refer to."""
    known = parameters(source)
    targets = {target for name in names for target in known[name].targets}
    return tuple(sorted(target for target in targets if "url" in parameters(target)))


def _of(include: Include, type_: str) -> tuple[Include, ...]:
    """What an include says of resources of one type."""
    if include.source is None:
        return _every(type_)
    return (include,) if include.source == type_ else ()


@cache
def _every(type_: str) -> tuple[Include, ...]:
    return tuple(
        Include(type_, (name,), canonical=one.canonical)
        for name, one in parameters(type_).items()
        if one.type == "reference" and one.stored == (name,)
    )
