"""Define what the demo shows, and where."""

from dataclasses import dataclass
from pathlib import Path

OURS, PARTNER = "northgate", "lakeside"
"""The names of the two hospitals."""


@dataclass(frozen=True)
class DemoPlan:
    """The options of a demo.

    folder: holds the data of both hospitals; emptied first.
    patients, observations: of both synthetic hospitals together.
    data: a folder of FHIR files that replaces our synthetic hospital. The partner then starts empty, so that all that
        is counted comes from the folder.
    """

    folder: Path
    port: int = 8080
    partner_port: int = 8081
    patients: int = 200
    observations: int = 20_000
    data: Path | None = None

    @property
    def our_patients(self) -> int:
        """Return how many of the synthetic patients are ours."""
        return round(self.patients * 0.6)

    @property
    def our_observations(self) -> int:
        """Return how many of the synthetic observations are ours."""
        return round(self.observations * 0.6)
