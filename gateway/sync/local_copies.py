"""Find the resource of ours that is the copy, or the original, of a resource from a partner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.fhir.fhir_json import Resource
from gateway.store import Store
from gateway.store.layout.records import Key, Link, Linked, Stored
from gateway.sync import identity
from gateway.sync.crosswalk import Crosswalk
from gateway.sync.identity import Origin
from gateway.sync.partners import Partner


@dataclass(slots=True)
class PulledResource:
    """A resource from the partner, what is known about it, and our copy if there is one."""

    resource: Resource
    body: bytes
    origin: Origin
    linked: Linked | None = None
    local: Stored | None = None
    echo: Origin | None = None
    """The resource of ours that it is a copy of, by its own tag: `local`, in the version that it was made from."""

    @property
    def key(self) -> Key:
        """Type and id at the partner."""
        return self.origin.type, self.origin.id

    @property
    def made_id(self) -> str:
        """Return the id that it gets here if it has none yet."""
        return identity.local_id(*self.origin[:3])

    @property
    def link(self) -> Link:
        """The link to the present version at the partner."""
        return Link(self.origin.site, self.origin.type, self.origin.id, self.origin.version)


async def find(store: Store, partner: Partner, type_: str, news: Sequence[PulledResource]) -> None:
    """Fill in `local`, `echo` and `linked`: by link, by our own tag, by the derived id, and last by the partner's tag,
    which its own push to us has left.
    """
    crosswalk = Crosswalk(store, partner)
    copies = await store.resources.read_many({key for arrival in news for key in _candidates(arrival, partner.site)})
    for arrival in news:
        found = [copies[key] for key in _candidates(arrival, partner.site) if key in copies]
        arrival.local = found[0] if found else None
        own = _own(arrival, partner.site)
        arrival.echo = own if own is not None and arrival.local is not None and own.id == arrival.local.id else None
    lost = [arrival for arrival in news if arrival.local is None]
    tagged = await crosswalk.tagged(type_, [arrival.origin.id for arrival in lost]) if lost else {}
    for arrival in lost:
        arrival.local = next(iter(tagged.get(arrival.origin.id, [])), None)
    for arrival in news:
        latest = await crosswalk.latest(arrival.linked, arrival.local)
        if latest is not None and latest.link.remote_id == arrival.origin.id:
            arrival.linked = latest


def _candidates(arrival: PulledResource, site: str) -> Iterator[Key]:
    if arrival.linked is not None:
        yield arrival.linked.type, arrival.linked.id
        return
    own = _own(arrival, site)
    if own is not None:
        yield own.type, own.id
    yield arrival.origin.type, arrival.made_id


def _own(arrival: PulledResource, site: str) -> Origin | None:
    own = identity.origins(arrival.resource).get(site)
    return own if own is not None and own.type == arrival.origin.type else None
