"""Answer Observation/$lastn: https://hl7.org/fhir/R4/observation-operation-lastn.html"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from gateway import budget, event_loop
from gateway.api.call.call import Call, Pairs
from gateway.api.call.parameters import text_parameters
from gateway.api.process.deployment import Deployment
from gateway.api.reply import searchset
from gateway.api.reply.respond import Reply
from gateway.api.terms.search_context import search_context
from gateway.errors import BadRequest, TooCostly
from gateway.fhir import fhir_json
from gateway.search.indexing.index import index
from gateway.search.language.controls import LARGEST_COUNT
from gateway.search.operations.lastn import Dated, coded, last
from gateway.search.query import Query, bind, parse_tree
from gateway.store.find.search import Page
from gateway.store.layout.records import Stored

_MOST = 20_000
"""The most Observations of one subject to look at."""


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Return the most recent Observations of each code, newest first.

    Raises BadRequest without subject and code or category, TooCostly if the subject has too many Observations.
    """
    asked = text_parameters(call)
    most, criteria = _most(asked), tuple((name, value) for name, value in asked if name != "max")
    _require(criteria)
    parsed = parse_tree("Observation", criteria, lenient=call.prefer.lenient)
    query = bind(parsed, await search_context(deployment, call.base, parsed.needs))
    chosen = await event_loop.in_thread(partial(_last, await _all(deployment, query), most))
    page = Page(chosen, total=len(chosen))
    return await searchset.reply(page, replace(query, used=asked), call.base, "Observation/$lastn", call.presentation)


def _last(observations: Iterable[Stored], most: int) -> Sequence[Stored]:
    return last(sorted(map(_dated, observations), key=lambda dated: -dated.at), most)


def _most(asked: Pairs) -> int:
    written = dict(asked).get("max", "1")
    if not (written.isascii() and written.isdigit() and int(written[:10]) > 0):
        raise BadRequest("max must be a positive number", expression="max")
    return int(written[:10])


def _require(criteria: Pairs) -> None:
    names = [name.partition(":")[0].partition(".")[0] for name, value in criteria if value]
    if "patient" not in names and "subject" not in names:
        raise BadRequest("$lastn needs a patient or subject")
    if not any(coded(name) for name in names):
        raise BadRequest("$lastn needs a category, or a parameter with a code such as code or combo-code")


async def _all(deployment: Deployment, query: Query) -> list[Stored]:
    """Read all pages on one snapshot."""
    found: list[Stored] = []
    position: str | None = None
    while True:
        asked = replace(query, count=LARGEST_COUNT, page=position, includes=(), revincludes=(), sort=(), total="none")
        page = await deployment.store.resources.search(asked)
        found += page.entries
        if page.next is None:
            return found
        if len(found) > _MOST:
            raise TooCostly(f"more than {_MOST} Observations match: narrow the search, by date or by code")
        position = page.next


def _dated(stored: Stored) -> Dated[Stored]:
    budget.check()
    observation = fhir_json.parse(stored.body)
    return Dated(observation.get("code") or {}, index(observation)["at"], stored)
