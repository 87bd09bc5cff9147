"""Which version of a code system an expansion takes (the parameters of
https://hl7.org/fhir/R4/valueset-operation-expand.html)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.errors import BadRequest

_Table = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Versions:
    """system -> version: `default` where the value set names none, `checked` must not differ from what it names,
    `forced` in any case."""

    default: _Table = field(default_factory=dict)
    checked: _Table = field(default_factory=dict)
    forced: _Table = field(default_factory=dict)

    def of(self, system: str, asked: str | None) -> str | None:
        """Raises BadRequest where the value set asks for another version than the checked one."""
        if system in self.forced:
            return self.forced[system]
        must = self.checked.get(system)
        if must is not None and asked not in (None, must):
            raise BadRequest(f"the value set asks for version {asked} of {system}, check-system-version for {must}")
        return asked or must or self.default.get(system)


AS_ASKED = Versions()
