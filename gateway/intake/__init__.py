"""FHIR files -> Bundles -> a gateway: what `gateway import` and `make demo DATA=folder` do."""

from gateway.intake.bundles import Item, bundles
from gateway.intake.files import find, resources
from gateway.intake.letters import again
from gateway.intake.load import Report, load

__all__ = ["Item", "Report", "again", "bundles", "find", "load", "resources"]
