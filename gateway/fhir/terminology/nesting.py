"""Value sets within value sets: each is looked at once, none within itself, and not endlessly deep."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from gateway.errors import BadRequest, NotSupported
from gateway.fhir.terminology.knowledge import Knowledge
from gateway.fhir.terminology.valueset import ValueSet

_DEEPEST = 64
_Found = TypeVar("_Found")


class Nesting(Generic[_Found]):
    """What was found in each value set of one question; `terminology` is what is known where one is looking."""

    def __init__(self, terminology: Knowledge) -> None:
        self.terminology = terminology
        self._open: list[str] = []
        self._found: dict[tuple[int, str], _Found | NotSupported] = {}
        self._scopes: list[Knowledge] = []  # kept, as their ids are keys

    @contextmanager
    def inside(self, value_set: ValueSet) -> Iterator[None]:
        """Where what `value_set` contains is known as well."""
        outer = self.terminology
        if value_set.contained:
            self.terminology = outer.extended(value_set.contained, contained=True)
            self._scopes.append(self.terminology)
        try:
            yield
        finally:
            self.terminology = outer

    def other(self, canonical: str, look: Callable[[ValueSet], _Found]) -> _Found:
        """What `look` finds in the value set of that address. Raises what that raised, BadRequest for a nesting
        without end."""
        if canonical in self._open:
            raise BadRequest(f"the value set {canonical[:500]} includes itself")
        if len(self._open) >= _DEEPEST:
            raise BadRequest(f"value sets are included in each other more than {_DEEPEST} levels deep")
        key = (id(self.terminology), canonical)
        if key not in self._found:
            self._found[key] = self._looked(canonical, look)
        found = self._found[key]
        if isinstance(found, NotSupported):
            raise found
        return found

    def _looked(self, canonical: str, look: Callable[[ValueSet], _Found]) -> "_Found | NotSupported":
        self._open.append(canonical)
        try:
            return look(self.terminology.needed(canonical))
        except NotSupported as error:
            return error
        finally:
            self._open.pop()
