"""Answer $everything of a patient, of all patients or of an encounter: its compartment, and what that refers to.

https://hl7.org/fhir/R4/operation-patient-everything.html
"""

from dataclasses import replace
from datetime import datetime

from gateway.api.call.call import Call, Pairs
from gateway.api.call.parameters import text_parameters
from gateway.api.interactions.read import read
from gateway.api.process.deployment import Deployment
from gateway.api.reply import searchset
from gateway.api.reply.respond import Reply
from gateway.errors import BadRequest, NotSupported
from gateway.fhir.dates import parse_instant
from gateway.search.context import Context
from gateway.search.language.controls import LARGEST_COUNT, PAGE, types_of
from gateway.search.operations.compartments import compartment, members
from gateway.search.operations.everything import Extent, cared_for
from gateway.search.query import parse
from gateway.search.tree.clauses import Bound

_VIEW = ("_summary", "_elements")
"""Parameters that every interaction accepts: https://hl7.org/fhir/R4/http.html#parameters"""
_OWN = ("start", "end", "_since", "_type", "_count", PAGE, *_VIEW)


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Return a page of at most `_count` resources, 1,000 by default: the compartment, then the resources that it refers
    to, each once.

    Raises NotFound or Gone for a missing patient or encounter, BadRequest for wrong parameters.
    """
    if call.id:
        await read(deployment, Call(call.base, "GET", call.type, call.id))
    asked = _checked(text_parameters(call), lenient=call.prefer.lenient)
    extent = _extent(call, asked)
    page = await deployment.store.resources.everything(extent)
    if not extent.types <= {*members(call.type)}:
        page = replace(page, total=None)  # the total counts only the compartment, not the other types
    path = f"{call.name if call.id else call.type}/$everything"
    return await searchset.reply(page, extent.matches, call.base, path, call.presentation)


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


def _extent(call: Call, asked: Pairs) -> Extent:
    values, context = dict(asked), Context(call.base)
    types, wanted = members(call.type), frozenset(types_of(None, asked))
    within = compartment(call.type, call.id or None, types, context)
    care = [cared_for(types, values.get("start", ""), values.get("end", ""))] if {"start", "end"} & {*values} else []
    pairs = [("_lastUpdated", f"ge{values['_since']}")] if "_since" in values else []
    pairs += [("_count", values.get("_count", str(LARGEST_COUNT))), (PAGE, values.get(PAGE, ""))]
    pairs += [(name, value) for name, value in asked if name in _VIEW]
    on_types = [Bound(({"t": {"$in": sorted(wanted)}},))] if wanted else []
    matches = parse(None, pairs, context=context, within=(within, *care, *on_types))
    used = tuple((name, value) for name, value in asked if name != PAGE)
    sources = parse(None, [], context=context, within=(within, *care))
    return Extent(call.type, replace(matches, used=used), sources, within, wanted, _since(asked))
