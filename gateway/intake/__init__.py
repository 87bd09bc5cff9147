"""FHIR files -> Bundles -> a gateway: what `gateway import` and `make demo DATA=folder` do.

The way of a file: `files` reads it, `drafts` takes it apart and `names` each resource, `links` says what references
mean, `claims` gives ids, `plan` puts all that into items, `load` sends them, `letters` keeps what was refused.
"""

from gateway.intake.files import by_folder, find, resources
from gateway.intake.letters import again
from gateway.intake.load import load
from gateway.intake.report import Report

__all__ = ["Report", "again", "by_folder", "find", "load", "resources"]
