"""Turn FHIR resources into rows of a table by a ViewDefinition (SQL on FHIR v2, https://sql-on-fhir.org/ig/latest/).

1. `definition` reads the JSON of the view and checks it.
2. `paths` compiles its FHIRPath and checks it against R4; `dialect` adjusts it where SQL on FHIR differs.
3. `selection` makes closures of the selects, and `view` a `View` of all.
4. A `View` returns rows as dicts, and `formats` writes them.

Decisions, where the specification is silent:
- An element that R4 does not have is an error of the view, not a column of nulls. Below `repeat` this is not checked.
- The row of a forEachOrNull without items is null in every column except those that read %rowIndex, which is 0.
- A column that may hold several values (`collection`) is always a list, also for one value or no value.
- All branches of a unionAll need the same column names in the same order. If their types differ, the column has none.
"""

from gateway.fhir.view.errors import ViewError
from gateway.fhir.view.view import Column, View, compile  # noqa: A004 - the name of the contract; used as view.compile

__all__ = ["Column", "View", "ViewError", "compile"]
