"""ViewDefinitions: FHIR resources -> rows of a table (SQL on FHIR v2, https://sql-on-fhir.org/ig/latest/).

    definition (JSON, checked) -> paths (FHIRPath, checked against R4) -> selection (closures) -> View -> formats

Where the texts leave room:
- An element that R4 does not have is an error of the view, not a column of nulls; below `repeat` it cannot be known.
- The blank row of forEachOrNull is null in every column but those that read %rowIndex, which is 0.
- A column that may hold several values (`collection`) is always a list, also of one or none.
- Branches of a unionAll must have the same column names in the same order; a type they do not share is left open.
"""

from gateway.fhir.view.errors import ViewError
from gateway.fhir.view.view import Column, View, compile  # noqa: A004 - the name of the contract; used as view.compile

__all__ = ["Column", "View", "ViewError", "compile"]
