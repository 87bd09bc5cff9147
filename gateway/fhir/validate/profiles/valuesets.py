"""Value sets that profiles bind elements to, expanded from what was loaded and from the definitions of R4."""

from gateway.errors import BadRequest
from gateway.fhir.terminology import Terminology

Systems = dict[str, frozenset[str]]


class ValueSets:
    """Each is expanded once."""

    def __init__(self, terminology: Terminology) -> None:
        self._terminology = terminology
        self._expanded: dict[str, Systems | None] = {}

    def expand(self, canonical: str) -> Systems | None:
        """system -> codes; None where the value set is not known, or not all its codes are."""
        if canonical not in self._expanded:
            self._expanded[canonical] = self._read(canonical)
        return self._expanded[canonical]

    def _read(self, canonical: str) -> Systems | None:
        """In another version where the one that is asked for was not loaded."""
        known = self._terminology
        try:
            value_set = known.value_set(canonical) or known.value_set(canonical.partition("|")[0])
            members = known.expand(value_set) if value_set else ()
        except BadRequest:
            return None
        found: dict[str, set[str]] = {}
        for one in members:
            found.setdefault(one.system, set()).add(one.code)
        return {system: frozenset(codes) for system, codes in found.items()} if value_set else None
