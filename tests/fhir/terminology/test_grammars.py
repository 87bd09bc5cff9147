from gateway.fhir.terminology import base
from gateway.fhir.terminology.grammars import GRAMMARS


def test_a_code_of_a_grammar_is_a_concept_without_a_display() -> None:
    ucum = GRAMMARS["http://unitsofmeasure.org"]
    concept = ucum.get("mg/dL")
    assert concept is not None and (concept.code, concept.display) == ("mg/dL", None)
    assert ucum.get("milligrams") is None


def test_the_grammars_are_code_systems_of_r4() -> None:
    languages = base().code_system("urn:ietf:bcp:47")
    assert languages is not None and languages.get("de-CH") and not languages.get("german language")
    mime_types = base().code_system("urn:ietf:bcp:13")
    assert mime_types is not None and mime_types.get("text/plain") and not mime_types.complete
