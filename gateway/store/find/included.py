"""Read what `_include` and `_revinclude` add to a page: https://hl7.org/fhir/R4/search.html#include

An aim is what a reference leads to: (None, `Type/id`), (a type, a canonical address), or (_PAST, `Type/id/version`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from gateway import budget, event_loop
from gateway.errors import TooCostly
from gateway.fhir import r4
from gateway.search.compile.alternatives import any_of
from gateway.search.definitions.parameters import parameters
from gateway.search.language.controls import Include
from gateway.search.notation.canonicals import named_by, tokens_to
from gateway.search.query import Query
from gateway.search.types.reference import local, pointers
from gateway.store.find.snapshot import Snapshot
from gateway.store.layout.schema import VERSION_FIELDS, VERSIONS, Document

_MOST_RESOURCES = 5_000
"""The most resources that a page holds together with its includes."""
_RELATIVE = re.compile(r"(([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?", re.ASCII)
_PAST = "_history"
FIELDS = {**VERSION_FIELDS, "k": 1}
"""The projection of a match that something is included for."""
Aim = tuple[str | None, str]
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
    includes: list[Document] = []
    forward, backward, latest = query.includes, query.revincludes, list(matched)
    while latest and (forward or backward):
        fields = FIELDS if bodies else _KEYS
        latest = await _one_round(snapshot, query.base, forward, backward, latest, seen, fields)
        includes += latest
        forward = tuple(include for include in forward if include.iterate)
        backward = tuple(include for include in backward if include.iterate)
    return includes


async def _one_round(
    snapshot: Snapshot,
    base: str,
    forward: Iterable[Include],
    backward: Iterable[Include],
    documents: list[Document],
    seen: set[str],
    fields: Document,
) -> list[Document]:
    """Return the documents that `documents` lead to, except those that are `seen`; add them to `seen`."""
    aims = await event_loop.run(lambda: _all_aims(forward, documents, base), documents)
    added, current = await _versions(snapshot, {key for kind, key in aims if kind == _PAST} - seen)
    seen.update(document["_id"] for document in added)
    aims = {(kind, key) for kind, key in aims if kind != _PAST} | {(None, key) for key in current}
    conditions = [*_aimed_at(aims, seen)]
    conditions += await event_loop.run(lambda: _all_pointing(backward, documents, base), documents)
    for condition in conditions:
        room = _MOST_RESOURCES - len(seen)
        pipeline: list[Document] = [
            {"$match": {**condition, "x": False}},
            {"$limit": max(room, 0) + 1},
            {"$project": fields},
        ]
        new = [document for document in await snapshot.read(pipeline, _MOST_RESOURCES) if document["_id"] not in seen]
        if len(new) > room:
            raise TooManyIncluded(f"a page and its includes hold more than {_MOST_RESOURCES} resources")
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
        raise TooCostly(
            f"a single resource includes more than {_MOST_RESOURCES} resources: leave out :iterate to get them in pages"
        )
    aims = {aim for include in query.includes for aim in _aims(include, matched, query.base)}
    past, current = await _versions(snapshot, {key for kind, key in aims if kind == _PAST})
    aims = {(kind, key) for kind, key in aims if kind != _PAST} | {(None, key) for key in current}
    includes = {document["_id"]: document for document in past if document["_id"] > after}
    conditions = [*_aimed_at(aims, {matched["_id"]})]
    conditions += [filter_ for include in query.revincludes for filter_ in _pointing(include, [matched], query.base)]
    for condition in conditions:
        rest: Document = {"_id": {"$gt": after, "$ne": matched["_id"]}, "x": False}
        pipeline: list[Document] = [
            {"$match": {"$and": [condition, rest]}},
            {"$sort": {"_id": 1}},
            {"$limit": _MOST_RESOURCES + 1},
            {"$project": VERSION_FIELDS},
        ]
        includes |= {document["_id"]: document for document in await snapshot.read(pipeline, _MOST_RESOURCES)}
    keys = sorted(includes)
    shown = keys[:_MOST_RESOURCES]
    return [includes[key] for key in shown], shown[-1] if len(keys) > len(shown) else None


async def _versions(snapshot: Snapshot, keys: set[str]) -> tuple[list[Document], set[str]]:
    """Return the superseded versions among `Type/id/version`, and the keys `Type/id` of the others, which are current:
    "If a resource has a reference that is versioned and _include is performed, the specified version SHOULD be
    provided" (search.html#include)."""
    if not keys:
        return [], set()
    match: Document = {"$match": {"_id": {"$in": sorted(keys)}, "x": False}}
    past = await snapshot.read([match, {"$project": VERSION_FIELDS}], len(keys) + 1, VERSIONS)
    return past, {key.rpartition("/")[0] for key in keys - {document["_id"] for document in past}}


def _aimed_at(aims: set[Aim], seen: set[str]) -> Iterator[Document]:
    """Yield the filters of the resources at the aims that are not `seen`."""
    keys = {key for type_, key in aims if type_ is None} - seen
    if keys:
        yield {"_id": {"$in": sorted(keys)}}
    for target in sorted({type_ for type_, _ in aims if type_}):
        yield {"t": target, "$and": [any_of(named_by(address for type_, address in aims if type_ == target))]}


def _all_aims(includes: Iterable[Include], documents: Sequence[Document], base: str) -> set[Aim]:
    aims = set[Aim]()
    for include in includes:
        for document in documents:
            budget.check()
            aims.update(_aims(include, document, base))
    return aims


def _all_pointing(includes: Iterable[Include], documents: Sequence[Document], base: str) -> list[Document]:
    return [filter_ for include in includes for filter_ in _pointing(include, documents, base)]


def _aims(include: Include, document: Document, base: str) -> Iterator[Aim]:
    """Yield what one document leads to by an include."""
    for on_type in _on_type(include, document["t"]):
        for pointer in _pointers(on_type, document, base):
            relative = _RELATIVE.fullmatch(pointer)
            if relative and on_type.target in (None, relative[2]):
                yield (_PAST, f"{relative[1]}/{relative[3]}") if relative[3] else (None, pointer)
            elif on_type.canonical and ":" in pointer and "|" in pointer:
                yield from ((target, pointer) for target in _canonical_targets(on_type))


def _pointers(include: Include, document: Document, base: str) -> list[str]:
    """Return what a document refers to. A reference with a version is indexed without it as well; only the former is
    returned."""
    prefixes = tuple(f"{name}|" for name in include.names)
    tokens = [token for token in document.get("k", ()) if token.startswith(prefixes)]
    pointers = [local(token.partition("|")[2], base) for token in tokens]
    versioned = {pointer.partition("/_history/")[0] for pointer in pointers if "/_history/" in pointer}
    return [pointer for pointer in pointers if pointer not in versioned]


def _pointing(include: Include, documents: Sequence[Document], base: str) -> Iterator[Document]:
    """Yield the filter of the resources that refer to one of `documents` by an include, if there can be any."""
    if include.source is None:
        each = {type_: _all_to(type_, documents, base) for type_ in sorted(r4.resource_types())}
        filters = [{"t": type_, "k": {"$in": tokens}} for type_, tokens in each.items() if tokens]
        if filters:
            yield {"$or": filters}
    elif tokens := _tokens(include, documents, base):
        yield {"t": include.source, "k": {"$in": tokens}}


def _all_to(type_: str, documents: Sequence[Document], base: str) -> list[str]:
    """Return the tokens by which a resource of `type_` may refer to one of `documents`, by any parameter."""
    tokens = list[str]()
    for include in _every_reference(type_):
        budget.check()
        targets = parameters(type_)[include.names[0]].targets
        tokens += _tokens(include, [document for document in documents if document["t"] in targets], base)
    return tokens


def _tokens(include: Include, documents: Sequence[Document], base: str) -> list[str]:
    """Return the tokens by which a resource refers to one of `documents` by an include."""
    targets = [document for document in documents if include.target in (None, document["t"])]
    tokens = pointers(include.names, [document["_id"] for document in targets], base)
    if include.canonical:
        tokens += tokens_to(include.names, (document.get("k", ()) for document in targets))
    return tokens


def _canonical_targets(include: Include) -> tuple[str, ...]:
    return (include.target,) if include.target else canonical_targets(include.source or "", include.names)


@cache
def canonical_targets(source: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those types to which the parameters of `source` refer whose resources have a canonical address."""
    targets = {target for name in names for target in parameters(source)[name].targets}
    return tuple(sorted(target for target in targets if "url" in parameters(target)))


def _on_type(include: Include, type_: str) -> tuple[Include, ...]:
    """Return what an include means for resources of one type."""
    if include.source is None:
        return _every_reference(type_)
    return (include,) if include.source == type_ else ()


@cache
def _every_reference(type_: str) -> tuple[Include, ...]:
    """Return an include for each reference parameter of a type that has index tokens of its own."""
    return tuple(
        Include(type_, (name,), canonical=parameter.canonical)
        for name, parameter in parameters(type_).items()
        if parameter.type == "reference" and parameter.stored == (name,)
    )
