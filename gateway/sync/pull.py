"""Pull everything that changed at a partner since the last time, page by page, continuing where the last run ended.

    GET [base]/Observation?_lastUpdated=ge…&_sort=_lastUpdated&_count=500      then `next`, as often as there is one

The position of a type (see mark.py) moves after each page is committed, and its cursor only at the end of a crawl, so a
run that dies is continued at the same page. Asking a little before the cursor costs nothing, because known versions are
skipped unwritten. Deletions are read from the type's history if the partner offers one
(https://hl7.org/fhir/R4/http.html#history).
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

from gateway.errors import GatewayError
from gateway.store import Store
from gateway.store.layout.records import Key
from gateway.sync import pull_position
from gateway.sync.arrivals import Arrivals
from gateway.sync.client import Client, PartnerAnswer, PartnerError, PartnerUnavailable
from gateway.sync.letters import Letters
from gateway.sync.page import PartnerPage, page
from gateway.sync.partners import Partner
from gateway.sync.pull_position import PullPosition
from gateway.sync.report import Progress, Report, silent

_RESTARTS = 3
"""How often a crawl may start again without progress."""


async def pull(
    store: Store,
    partner: Partner,
    client: Client,
    progress: Progress = silent,
    *,
    report: Report | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Report:
    """Pull every type of the partner. A type that fails leaves its reason in `report.errors`, and does not stop the
    others.
    """
    report = report or Report(partner.name)
    arrivals = Arrivals(store, partner, await Letters.open(store, partner, report), report)
    for type_ in partner.types:
        crawl = _Crawl(store, client, arrivals, type_, report, progress, now)
        try:
            await crawl.run()
            await _deletions(store, client, arrivals, type_, crawl.began or now())
        except GatewayError as error:
            report.errors.append(f"pull {type_}: {error.text}")
            if isinstance(error, PartnerUnavailable):
                break
    return report.finish()


_EXPIRED = (400, 404, 410)
"""Statuses of servers that no longer know a page that they have linked to."""


class _Expired(Exception):
    """The page context behind a `next` link is gone."""


class _Crawl:
    """The pages of one type in order; the next one is fetched while the present one is taken in."""

    def __init__(
        self,
        store: Store,
        client: Client,
        arrivals: Arrivals,
        type_: str,
        report: Report,
        progress: Progress,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._client, self._arrivals, self._type = store, client, arrivals, type_
        self._report, self._progress, self._now = report, progress, now
        self._state = f"sync/{client.partner.name}/pull/{type_}"
        self.began: datetime | None = None
        """When the first page was read, by the partner's clock."""

    async def run(self) -> None:
        at = pull_position.load(await self._store.states.get(self._state), self._client.partner.base_url)
        left = _RESTARTS
        while True:
            try:
                at = await self._pages(at)
                break
            except _Expired:
                before = at
                at = pull_position.load(
                    await self._store.states.get(self._state), self._client.partner.base_url
                ).restarted()
                left = _RESTARTS if at.high != before.high else left - 1
                if not left:
                    raise PartnerError("the partner's page contexts expire faster than pages can be read") from None
        await self._save(at.finished())

    async def _pages(self, at: PullPosition) -> PullPosition:
        if at.next:
            url, fetch = at.next, asyncio.create_task(self._continue(at.next))
        else:
            at, url, first = await self._first(at)
            fetch = asyncio.create_task(_ready(first))
        seen = {url}
        try:
            while True:
                got = await fetch
                following = self._client.next(url, got.next) if got.next else None
                if following is None:
                    return await self._take(at, got, None)
                if following in seen:
                    raise PartnerError("the partner's pages go round in circles")
                seen.add(following)
                url, fetch = following, asyncio.create_task(self._continue(following))
                at = await self._take(at, got, following)
        finally:
            fetch.cancel()
            await asyncio.gather(fetch, return_exceptions=True)

    async def _take(self, at: PullPosition, got: PartnerPage, following: str | None) -> PullPosition:
        resources = await self._arrivals.take(self._type, got.resources)
        at = at.after(resources, following, self._now())
        if following is not None:
            await self._save(at)
        self._report.pages += 1
        self._progress(f"pull {self._type}", self._report)
        return at

    async def _first(self, at: PullPosition) -> tuple[PullPosition, str, PartnerPage]:
        """Fetch the first page. A partner that does not support _lastUpdated, or does not sort by it, is read
        completely.
        """
        while True:
            url = self._client.url(f"{self._type}?{urlencode(self._search(at))}")
            answer = await self._get(url)
            if answer.ok:
                return at, url, page(answer.body)
            if answer.status != 400 or not at.dated:
                raise _refused(answer)
            at = at.undated()

    async def _continue(self, url: str) -> PartnerPage:
        answer = await self._get(url)
        if answer.status in _EXPIRED:
            raise _Expired
        if not answer.ok:
            raise _refused(answer)
        return page(answer.body)

    async def _get(self, url: str) -> PartnerAnswer:
        answer = await self._client.get(url)
        self.began = self.began or answer.date
        return answer

    def _search(self, at: PullPosition) -> dict[str, str]:
        count = {"_count": str(self._client.partner.page_size)}
        if not at.dated:
            return count
        since = at.since(self._client.partner.overlap)
        return {**({"_lastUpdated": f"ge{since}"} if since else {}), "_sort": "_lastUpdated", **count}

    async def _save(self, at: PullPosition) -> None:
        await self._store.states.put(self._state, at.record(self._client.partner.base_url))


async def _deletions(store: Store, client: Client, arrivals: Arrivals, type_: str, began: datetime) -> None:
    """Take in deletions. On the first run there are none to take in: what was deleted earlier was never here."""
    state = f"sync/{client.partner.name}/deletions/{type_}"
    at = pull_position.load(await store.states.get(state), client.partner.base_url)
    if (since := at.since(client.partner.overlap)) is not None:
        query = urlencode({"_since": since, "_count": client.partner.page_size})
        await arrivals.remove(await _deleted(client, type_, client.url(f"{type_}/_history?{query}")))
    await store.states.put(state, PullPosition(cursor=pull_position.text(began)).record(client.partner.base_url))


async def _deleted(client: Client, type_: str, url: str | None) -> list[Key]:
    """Return what is deleted now according to the history; nothing if the partner offers none."""
    latest: dict[Key, bool] = {}
    seen: set[str] = set()
    while url is not None and url not in seen:
        seen.add(url)
        answer = await client.get(url)
        if not answer.ok:
            return []
        got = page(answer.body)
        for event in got.events:
            latest.setdefault((event.type, event.id), event.deleted)  # newest first
        url = client.next(url, got.next) if got.next else None
    return [key for key, deleted in latest.items() if deleted and key[0] == type_]


async def _ready(got: PartnerPage) -> PartnerPage:
    return got


def _refused(answer: PartnerAnswer) -> PartnerError:
    return PartnerError(f"the partner answered {answer.status}")
