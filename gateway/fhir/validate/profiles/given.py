"""What the checks of a profile need beside the item they look at."""

from collections.abc import Callable
from typing import Any, NamedTuple

from gateway.fhir.validate.profiles.definition import Node
from gateway.fhir.validate.profiles.items import Item
from gateway.fhir.validate.profiles.valuesets import Systems

STRUCTURE = "http://hl7.org/fhir/StructureDefinition/"


class Given(NamedTuple):
    """The profiles and value sets at hand, the resource an item is in (%resource) and the one around it."""

    root_of: Callable[[str], Node | None]
    expand: Callable[[str], Systems | None]
    sound: Callable[[Node, Item, "Given"], bool]
    resource: dict[str, Any]
    root: dict[str, Any]
