"""Choose the version of a code system for an expansion (https://hl7.org/fhir/R4/valueset-operation-expand.html)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.errors import BadRequest

_VersionOfSystem = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Versions:
    """The version parameters of an expansion, each as code system -> version.

    default: used if the value set names no version (system-version).
    checked: an error if the value set names another version (check-system-version).
    forced: used whatever the value set names (force-system-version).
    """

    default: _VersionOfSystem = field(default_factory=dict)
    checked: _VersionOfSystem = field(default_factory=dict)
    forced: _VersionOfSystem = field(default_factory=dict)

    def of(self, system: str, included: str | None) -> str | None:
        """Return the version to use, if the value set names the version `included`. None means the latest.

        Raises BadRequest if the value set names another version than the checked one.
        """
        if system in self.forced:
            return self.forced[system]
        checked = self.checked.get(system)
        if checked is not None and included not in (None, checked):
            text = f"the value set asks for version {included} of {system}, check-system-version for {checked}"
            raise BadRequest(text)
        return included or checked or self.default.get(system)


AS_ASKED = Versions()
