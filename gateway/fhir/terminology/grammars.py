"""Code systems whose codes cannot be listed but follow a grammar: UCUM, MIME types and languages."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.fhir.terminology.codesystem import GRAMMAR, CodeSystem, Concept
from gateway.fhir.terminology.syntax import is_language, is_mime_type, is_ucum


def _nothing(code: str) -> bool:
    return False


@dataclass(slots=True)
class Grammar(CodeSystem):
    """A code system whose codes are those that `accepts` is True for. They have no displays and no hierarchy."""

    accepts: Callable[[str], bool] = _nothing

    def get(self, code: str) -> Concept | None:
        """Return the concept of a valid code, else None."""
        return Concept(code) if self.accepts(code) else None


def _grammar(url: str, name: str, accepts: Callable[[str], bool]) -> Grammar:
    return Grammar(url, None, name, None, GRAMMAR, accepts=accepts)


GRAMMARS = {
    grammar.url: grammar
    for grammar in (
        _grammar("http://unitsofmeasure.org", "UCUM", is_ucum),
        _grammar("urn:ietf:bcp:13", "MimeTypes", is_mime_type),
        _grammar("urn:ietf:bcp:47", "Languages", is_language),
    )
}
"""The code systems by url (https://hl7.org/fhir/R4/terminologies-systems.html)."""
