"""The functions of FHIRPath, in a module for each section of the specification.

To add a function, add it to the table FUNCTIONS of its module.
"""

from gateway.fhir.path.function import PathFunction
from gateway.fhir.path.functions import (
    boundaries,
    codes,
    convert,
    dates,
    existence,
    fhir,
    filters,
    iteration,
    maths,
    sets,
    strings,
    type_tests,
    utility,
)

FUNCTIONS: dict[str, PathFunction] = {
    **existence.FUNCTIONS,
    **filters.FUNCTIONS,
    **iteration.FUNCTIONS,
    **sets.FUNCTIONS,
    **type_tests.FUNCTIONS,
    **convert.FUNCTIONS,
    **strings.FUNCTIONS,
    **maths.FUNCTIONS,
    **dates.FUNCTIONS,
    **boundaries.FUNCTIONS,
    **utility.FUNCTIONS,
    **fhir.FUNCTIONS,
    **codes.FUNCTIONS,
}
