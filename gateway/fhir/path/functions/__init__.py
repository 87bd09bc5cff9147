"""The functions of the language by family. A new one is an entry in its family's table."""

from gateway.fhir.path.function import Function
from gateway.fhir.path.functions import (
    boundaries,
    clock,
    codes,
    convert,
    existence,
    fhir,
    filters,
    iteration,
    maths,
    sets,
    strings,
    tools,
    typing,
)

FUNCTIONS: dict[str, Function] = {
    **existence.FUNCTIONS,
    **filters.FUNCTIONS,
    **iteration.FUNCTIONS,
    **sets.FUNCTIONS,
    **typing.FUNCTIONS,
    **convert.FUNCTIONS,
    **strings.FUNCTIONS,
    **maths.FUNCTIONS,
    **clock.FUNCTIONS,
    **boundaries.FUNCTIONS,
    **tools.FUNCTIONS,
    **fhir.FUNCTIONS,
    **codes.FUNCTIONS,
}
