"""FHIRPath N1 over R4 JSON (https://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpath.html).

An expression is compiled once to closures and then applied to plain JSON. One engine serves search parameters,
mappings, views, patches and invariants. Beside N1 it has the later functions of FHIRPath that R4 systems use: sort,
boundaries, precision, encode and escape, split and join, defineVariable, parts of dates, and the keys of SQL on FHIR.

Where texts and practice disagree:
- The operator `as` filters a collection, for R4's own search parameters apply it to several items; the function as()
  takes one item, as N1 says. Both, and ofType(), want the very type of a primitive (a `code` is no `as string`).
- resolve() of a target that is not at hand gives its type and nothing else: enough for `resolve() is Patient`.
- Boundaries round outwards always; join() of nothing is nothing (SQL on FHIR would have an empty string).
- A name after a dot may be a reserved word (`text.div`). trace() keeps silent: its input may be a patient's data.
- An evaluation has a budget (`scope.MOST_UNITS`, `MOST_ITEMS`, `MOST_SECONDS`), a regular expression a clock
  (`patterns`); beyond it is a PathError.
- subsumes() knows no hierarchies: it is true of equal codes and an error otherwise. memberOf() of a value set that R4
  does not define is an error (R4; in R5 it is empty).
- Not offered: elementDefinition() and slice(), which need profiles; Long, which is not in N1 (its grammar has no `1L`).
"""

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.expression import Expression, compile  # noqa: A004 - the name of the contract; used as path.compile

__all__ = ["Expression", "PathError", "compile"]
