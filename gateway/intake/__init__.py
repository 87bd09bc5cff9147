"""FHIR files -> Bundles -> a gateway: what `gateway import` and `make demo DATA=folder` do."""

from gateway.intake.bundles import Item, bundled, bundles
from gateway.intake.files import by_folder, find, resources
from gateway.intake.letters import again
from gateway.intake.load import Report, load

__all__ = ["Item", "Report", "again", "bundled", "bundles", "by_folder", "find", "load", "resources"]
