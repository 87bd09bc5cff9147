"""Check where a loaded extension may stand (https://hl7.org/fhir/R4/defining-extensions.html#context)."""

from typing import NamedTuple

from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate.contexts import places


class ExtensionContext(NamedTuple):
    """The places where an extension may stand: `elements` are types and paths, `extensions` addresses of other
    extensions.
    """

    elements: frozenset[str]
    extensions: frozenset[str]

    def allows(self, type_: str, path: str, holder: str) -> bool:
        """Return whether it may stand at `path` (`.name[0].extension[1]`) of a resource of `type_`, in the extension
        `holder`.
        """
        return holder in self.extensions or bool(places(type_, path.rpartition(".")[0]) & self.elements)


def context(definition: Resource) -> ExtensionContext | None:
    """Read the context; None if any place is allowed, or if a FHIRPath decides, which cannot name the element."""
    listed = definition.get("context")
    given = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if not given or any(one.get("type") not in ("element", "extension") for one in given):
        return None
    elements, extensions = (
        frozenset(str(one.get("expression")) for one in given if one["type"] == kind)
        for kind in ("element", "extension")
    )
    return ExtensionContext(elements, extensions)
