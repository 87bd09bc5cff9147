"""FHIRPath N1 over R4 JSON (https://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpath.html).

One engine serves search parameters, mappings, views, patches and invariants. An expression is compiled once:

1. `lexer` cuts the text into tokens, and `parser` builds a tree of them (`nodes`).
2. `check` infers the types in the tree from the type of the input, by the definitions of R4 (`type_model`). It refuses
   elements and functions that can never apply. Without a type of the input this step is left out.
3. `compiler` turns each node of the tree into a closure, a function from a `Scope` to a collection of nodes. The
   operators are in `operators`, the functions in `functions/`, the steps to child elements in `navigation`.

Then it is evaluated on each resource:

4. If the tree only leads down into JSON, as nearly all search parameters do, `json_walk` follows it on the plain JSON,
   and steps 5 to 7 are left out. The results are the same.
5. The input becomes a node, the tuple (type, value, extra) of `values`; a new `Scope` holds it as $this, together with
   the %variables and the budget of this evaluation.
6. The closure of the root is called. It calls the closures below it, each of which returns a list of nodes.
7. The nodes leave the engine as JSON values, or from `typed` as pairs (FHIR type, JSON value).

Beside N1 the engine has the later functions of FHIRPath that R4 systems use: sort, boundaries, precision, encode and
escape, split and join, defineVariable, parts of dates, and the keys of SQL on FHIR.

Decisions, where specification and practice differ:
- The operator `as` filters a collection, because R4's own search parameters apply it to several items. The function
  as() takes one item, as N1 says. Both, and ofType(), accept only the exact type of a primitive: a `code` is not
  converted by `as string`.
- resolve() of a resource that is not available gives a node with its type and no content. That is enough for
  `resolve() is Patient`.
- Boundaries always round outwards. join() of an empty collection is empty (in SQL on FHIR it is an empty string).
- A name after a dot may be a reserved word (`text.div`).
- trace() logs nothing, because its input may be a patient's data.
- An evaluation has a budget (`scope.MOST_UNITS`, `MOST_ITEMS`, `MOST_SECONDS`), and a regular expression has a time
  limit (`patterns`). To exceed one is a PathError.
- subsumes() and memberOf() use the code systems and value sets of R4 itself. For any other, memberOf() is an error, as
  R4 says (in R5 it is empty), and subsumes() is true for equal codes and otherwise an error.
- Not offered: elementDefinition() and slice(), which need profiles; Long, which N1 does not have.
"""

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.expression import Expression, compile  # noqa: A004 - the name of the contract; used as path.compile

__all__ = ["Expression", "PathError", "compile"]
