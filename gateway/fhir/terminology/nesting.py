"""Follow value sets that include other value sets: each once, without circles, and up to a depth."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from gateway.errors import BadRequest, NotSupported
from gateway.fhir.terminology.knowledge import Knowledge
from gateway.fhir.terminology.valueset import ValueSet

_MAX_DEPTH = 64
_Result = TypeVar("_Result")


class Nesting(Generic[_Result]):
    """The value sets of one question and their results.

    terminology: the known resources at the present place, those contained in the value set included.
    """

    def __init__(self, terminology: Knowledge) -> None:
        self.terminology = terminology
        self._open: list[str] = []
        self._results: dict[tuple[int, str], _Result | NotSupported] = {}
        self._scopes: list[Knowledge] = []  # kept alive, because their id() is in the keys of the results

    @contextmanager
    def inside(self, value_set: ValueSet) -> Iterator[None]:
        """Within this context, the resources that `value_set` contains are known too."""
        outer = self.terminology
        if value_set.contained:
            self.terminology = outer.extended(value_set.contained, contained=True)
            self._scopes.append(self.terminology)
        try:
            yield
        finally:
            self.terminology = outer

    def other(self, canonical: str, evaluate: Callable[[ValueSet], _Result]) -> _Result:
        """Return `evaluate(value_set)` of an included value set, computed once.

        Raises all that `evaluate` raises, NotSupported for an unknown value set, and BadRequest if it includes itself
        or is nested too deep.
        """
        if canonical in self._open:
            raise BadRequest(f"the value set {canonical[:500]} includes itself")
        if len(self._open) >= _MAX_DEPTH:
            raise BadRequest(f"value sets are included in each other more than {_MAX_DEPTH} levels deep")
        key = (id(self.terminology), canonical)
        if key not in self._results:
            self._results[key] = self._evaluated(canonical, evaluate)
        result = self._results[key]
        if isinstance(result, NotSupported):
            raise result
        return result

    def _evaluated(self, canonical: str, evaluate: Callable[[ValueSet], _Result]) -> "_Result | NotSupported":
        self._open.append(canonical)
        try:
            return evaluate(self.terminology.needed(canonical))
        except NotSupported as error:
            return error
        finally:
            self._open.pop()
