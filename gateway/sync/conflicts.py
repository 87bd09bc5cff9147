"""Decide about a resource that both sides may have changed. Pure; the order of the cases is the rule.

A link holds the versions, at the partner and here, that were last seen to agree. A side has changed if its version
differs from the link's. If one side has changed, the other follows. If both have changed to different content, nobody
wins and a person decides.
"""

from collections.abc import Callable
from typing import Literal

from gateway.store.layout.records import Linked, Stored

Arrival = Literal["unchanged", "store", "link", "conflict"]
Departure = Literal["nothing", "create", "update", "delete"]


def arrival(
    remote_version: str, linked: Linked | None, local: Stored | None, *, echo: bool, same: Callable[[], bool]
) -> Arrival:
    """Decide about a resource from a partner: leave it, store it, note that both sides agree, or leave it to a person.

    echo: whether it carries our own tag, and so is a copy of `local`.
    same: compares the contents; called only if needed.
    """
    if linked is not None and linked.link.remote_version == remote_version:
        return "unchanged"
    if local is None:
        return "store"
    if linked is not None and linked.version == local.version:
        return "store"
    if local.deleted:
        return "unchanged" if linked is None and echo else "store" if linked is None else "conflict"
    if same():
        return "link"
    # The first version of our copy is our own text as the partner chose to store it (servers add and drop elements).
    return "link" if linked is None and echo and remote_version == "1" else "conflict"


def removal(linked: Linked | None, local: Stored | None) -> Arrival:
    """Decide about a resource that the partner has deleted."""
    if linked is None or local is None or local.deleted:
        return "unchanged"
    return "store" if linked.version == local.version else "conflict"


def departure(linked: Linked | None, local: Stored) -> Departure:
    """Decide about a change of ours. What the partner has by the link is not sent again: no echo, no storm."""
    if linked is None:
        return "nothing" if local.deleted else "create"
    if linked.version >= local.version:
        return "nothing"
    return "delete" if local.deleted else "update"
