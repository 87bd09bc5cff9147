"""What is known under an address, in which version; and what search asks: members, below, above."""

import pytest

from gateway.errors import NotSupported
from gateway.fhir import r4
from gateway.fhir.terminology import MOST, Terminology, base
from gateway.fhir.terminology.terminology import _defined_sets, _defined_systems
from tests.fhir.terminology.made import ANIMALS, animals, concept, has, include, system, value_set

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
GENDER = "http://hl7.org/fhir/administrative-gender"


@pytest.fixture(scope="module")
def zoo() -> Terminology:
    return base().extended([animals(), value_set(include())])


def test_the_value_sets_of_r4_are_known() -> None:
    gender = "http://hl7.org/fhir/ValueSet/administrative-gender"
    expected = [(GENDER, code) for code in ("male", "female", "other", "unknown")]
    assert base().members(gender) == base().members(f"{gender}|4.0.1") == expected
    with pytest.raises(NotSupported, match="is not known"):
        base().members(f"{gender}|3.0.0")
    with pytest.raises(NotSupported, match="is not known"):
        base().members("http://example.org/none")


def test_the_required_bindings_of_r4_have_the_codes_that_the_validator_has() -> None:
    for url, systems in r4.codes().items():
        if systems is not None:
            assert set(base().members(url)) == {(system, code) for system, codes in systems.items() for code in codes}


def test_a_code_system_implies_the_set_of_its_codes(zoo: Terminology) -> None:
    assert len(zoo.members(f"{ANIMALS}?fhir_vs")) == 9
    assert [code for _, code in zoo.members(f"{ANIMALS}?fhir_vs=isa/bird")] == ["bird", "eagle", "dodo"]
    named = base().extended([animals(valueSet="http://example.org/all-animals")])
    assert len(named.members("http://example.org/all-animals")) == 9
    assert len(base().members("http://hl7.org/fhir/administrative-gender?fhir_vs")) == 4
    snomed, none = "http://snomed.info/sct?fhir_vs=isa/73211009", "http://example.org/none?fhir_vs"
    for unknown in (snomed, none, f"{ANIMALS}?fhir_vs=isa/unicorn"):
        with pytest.raises(NotSupported):
            zoo.members(unknown)


def test_below_and_above_begin_with_the_code_itself(zoo: Terminology) -> None:
    assert zoo.below(ANIMALS, "mammal") == ["mammal", "dog", "cat", "bat"]
    assert zoo.above(ANIMALS, "bat") == ["bat", "mammal", "flier", "animal"]
    assert zoo.below(ANIMALS, "unicorn") == zoo.above(ANIMALS, "unicorn") == ["unicorn"]
    assert zoo.below(GENDER, "male") == ["male"]
    assert "_ActPrivacyPolicy" in zoo.below(ACT_CODE, "_ActPolicyType")
    for unknown in ("http://snomed.info/sct", "http://example.org/none", f"{ANIMALS}|2"):
        with pytest.raises(NotSupported, match="not known"):
            zoo.below(unknown, "1")
        with pytest.raises(NotSupported, match="not known"):
            zoo.above(unknown, "1")


def test_a_hierarchy_that_goes_in_circles_ends() -> None:
    circle = system(
        concept("a", property=[has("parent", valueCode="b")]), concept("b", property=[has("parent", valueCode="a")])
    )
    terminology = base().extended([circle])
    assert terminology.below(ANIMALS, "a") == ["a", "b"]
    assert terminology.above(ANIMALS, "a") == ["a", "b"]


def test_what_is_given_wins_and_the_latest_version_is_meant_where_none_is_asked_for() -> None:
    old, new = (animals(version=version, name=version) for version in ("1.9", "1.10"))
    terminology = base().extended([new, old])
    assert getattr(terminology.code_system(ANIMALS), "name", None) == "1.10"
    assert getattr(terminology.code_system(ANIMALS, "1.9"), "name", None) == "1.9"
    own = value_set(include(GENDER, "male"))
    own["url"] = "http://hl7.org/fhir/ValueSet/administrative-gender"
    assert base().extended([own]).members(own["url"]) == [(GENDER, "male")]
    assert len(base().extended([own]).members(f"{own['url']}|4.0.1")) == 4


def test_what_is_not_known_is_not_remembered() -> None:
    before = _defined_systems.cache_info().currsize, _defined_sets.cache_info().currsize
    for number in range(100):
        assert base().code_system(f"http://example.org/{number}") is None
        assert base().value_set(f"http://example.org/{number}") is None
    assert (_defined_systems.cache_info().currsize, _defined_sets.cache_info().currsize) == before


def test_too_many_codes_for_a_search_are_refused() -> None:
    large = system(*(concept(f"c{number}") for number in range(MOST + 1)))
    with pytest.raises(NotSupported, match="more than"):
        base().extended([large]).members(f"{ANIMALS}?fhir_vs")


def test_a_system_without_regard_to_case_finds_its_codes_so() -> None:
    terminology = base().extended([animals(caseSensitive=False), value_set(include())])
    assert terminology.below(ANIMALS, "BIRD") == ["bird", "eagle", "dodo"]
    found = terminology.find(terminology.needed("http://example.org/ValueSet/set"), ANIMALS, "DOG")
    assert found and found.code == "dog"
    strict = base().extended([animals(), value_set(include())])
    assert strict.find(strict.needed("http://example.org/ValueSet/set"), ANIMALS, "DOG") is None
