"""$everything of a patient, all patients or an encounter: what is in the compartment, and what that refers to.

https://hl7.org/fhir/R4/operation-patient-everything.html
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from gateway.api import searchset
from gateway.api.api import Api
from gateway.api.call import Call, Pairs
from gateway.api.given import given
from gateway.api.interactions import read
from gateway.api.respond import Reply
from gateway.errors import BadRequest, NotSupported
from gateway.fhir.dates import parse_instant
from gateway.search.compartments import compartment, members
from gateway.search.context import Context
from gateway.search.controls import LARGEST_COUNT, PAGE, Include, types_of
from gateway.search.everything import cared_for
from gateway.search.query import Query, parse
from gateway.store.records import Stored

_VIEW = ("_summary", "_elements")
"""They may come with every interaction: https://hl7.org/fhir/R4/http.html#parameters"""
_OWN = ("start", "end", "_since", "_type", "_count", PAGE, *_VIEW)


async def answer(api: Api, call: Call) -> Reply:
    """Pages of at most `_count` of the compartment, 1,000 unless fewer are asked for. Raises NotFound and Gone for a
    patient or encounter that is not there, BadRequest for parameters."""
    if call.id:
        await read(api, Call(call.base, call.type, call.id))
    asked = _checked(given(call), lenient=call.prefer.lenient)
    wanted, since = frozenset(types_of(None, asked)), _since(asked)
    query = _query(call, asked, wanted)
    page = await api.store.search(query)
    kept = replace(
        page,
        entries=[one for one in page.entries if _fits(one, wanted, None)],
        included=[one for one in page.included if _fits(one, wanted, since)],
        total=None if wanted else page.total,
    )
    path = f"{call.name if call.id else call.type}/$everything"
    return await searchset.reply(kept, query, call.base, path, call.presentation)


def _checked(asked: Pairs, *, lenient: bool) -> Pairs:
    unknown = [name for name, _ in asked if name not in _OWN]
    if unknown and not lenient:
        raise NotSupported(f"$everything has no parameter '{unknown[0][:64]}'")
    return tuple((name, value) for name, value in asked if name in _OWN)


def _since(asked: Pairs) -> datetime | None:
    written = dict(asked).get("_since")
    try:
        # In a query string an unescaped plus, as in +01:00, reads as a blank.
        return parse_instant(written.replace(" ", "+")) if written else None
    except ValueError:
        raise BadRequest("_since must be an instant, such as 2026-01-31T12:00:00Z", expression="_since") from None


def _query(call: Call, asked: Pairs, wanted: frozenset[str]) -> Query:
    """What is asked for may lie outside the compartment: then all of that is walked through."""
    values, context = dict(asked), Context(call.base)
    belong = members(call.type)
    types = tuple(one for one in belong if one in wanted) if wanted and wanted <= {*belong} else belong
    within = [compartment(call.type, call.id or None, types, context)]
    if "start" in values or "end" in values:
        within.append(cared_for(types, values.get("start", ""), values.get("end", "")))
    pairs = [("_lastUpdated", f"ge{values['_since']}")] if "_since" in values else []
    pairs += [("_count", values.get("_count", str(LARGEST_COUNT))), (PAGE, values.get(PAGE, ""))]
    pairs += [(name, value) for name, value in asked if name in _VIEW]
    query = parse(None, pairs, context=context, within=tuple(within))
    used = tuple((name, value) for name, value in asked if name != PAGE)
    return replace(query, includes=(Include(None),), used=used)


def _fits(stored: Stored, wanted: Collection[str], since: datetime | None) -> bool:
    return (not wanted or stored.type in wanted) and (since is None or stored.updated >= since)
