"""Provide what the checks of a profile need beside the item they look at."""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from gateway.fhir.validate.profiles.definition import Node
from gateway.fhir.validate.profiles.items import ProfiledItem
from gateway.fhir.validate.profiles.valuesets import ValueSetAnswer


class Given(NamedTuple):
    """The profiles and value sets at hand, and where an item stands.

    root_of: canonical address -> the tree of that profile, None if it is not known.
    why_missing: canonical address -> why `root_of` gives None.
    judge: (value set, item) -> whether the item is in the value set.
    sound: whether an item meets a node, None if that cannot be decided.
    extensions: the addresses of the extensions whose definitions are known.
    resource, root: the resource the item is in (%resource), and the one around that (%rootResource).
    open: the checks of a value against the root of a profile that are under way further out.
    """

    root_of: Callable[[str], Node | None]
    why_missing: Callable[[str], str]
    judge: Callable[[str, ProfiledItem], ValueSetAnswer]
    sound: Callable[[Node, ProfiledItem, "Given"], bool | None]
    extensions: Collection[str]
    resource: dict[str, Any]
    root: dict[str, Any]
    open: frozenset[tuple[int, int | str]] = frozenset()

    def inside(self, node: Node, item: ProfiledItem) -> "Given | None":
        """Return what the check of `item` against `node` needs; None if this check is already under way further out: a
        profile may name itself, and resources may refer to each other."""
        if "." in node.id:
            return self
        key = id(node), id(item.value) if type(item.value) is dict else item.path
        return None if key in self.open else self._replace(open=self.open | {key})
