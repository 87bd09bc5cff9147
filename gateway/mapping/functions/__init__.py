"""List the functions of the mapping language, which turn all values of a field into one value or another list.

This table is closed. A function has no way back to FHIR, so a field that uses one is `read-only`.
"""

from gateway.mapping.functions import lists, names, times
from gateway.mapping.functions.function import Function

FUNCTIONS: dict[str, Function] = {
    function.name: function for module in (names, times, lists) for function in module.FUNCTIONS
}

__all__ = ["FUNCTIONS", "Function"]
