"""$validate-code (https://hl7.org/fhir/R4/valueset-operation-validate-code.html)."""

import pytest

from gateway.fhir.terminology import CodeSystem, Terminology, ValueSet, base
from gateway.fhir.terminology.codesystem import Designation
from gateway.fhir.terminology.verdicts import (
    Coded,
    JudgingRules,
    Verdict,
    any_of,
    in_code_system,
    in_value_set,
    is_called,
)
from tests.fhir.terminology.made import ANIMALS, animals, filtered, value_set

ANY = JudgingRules()


@pytest.fixture(scope="module")
def terminology() -> Terminology:
    return base().extended([animals()])


MAMMALS = ValueSet.of(value_set(filtered("concept", "is-a", "mammal"), name="mammals"))
ALL = ValueSet.of(value_set(filtered("concept", "is-a", "animal"), name="all"))


@pytest.mark.parametrize(
    ("coded", "message"),
    [
        (Coded("dog", ANIMALS), None),
        (Coded("dog", ANIMALS, display=" DOG "), None),
        (Coded("dog", ANIMALS, display="Cat"), 'The display "Cat" is incorrect'),
        (Coded("eagle", ANIMALS), f"the code 'eagle' of {ANIMALS} is not in the value set {MAMMALS.canonical}"),
        (Coded("horse", ANIMALS), "its code system does not have it"),
        (Coded("dog"), "the code 'dog' has no system"),
        (Coded(None, ANIMALS), "there is no code"),
        (Coded("dog", ANIMALS, version="7"), "is not known here in this version"),
    ],
)
def test_a_code_is_in_a_value_set_or_the_message_says_why_not(
    terminology: Terminology, coded: Coded, message: str | None
) -> None:
    verdict = in_value_set(terminology, MAMMALS, coded, ANY)
    assert verdict.result is (message is None)
    assert message is None or message in (verdict.message or "")


def test_the_right_display_is_told(terminology: Terminology) -> None:
    assert in_value_set(terminology, MAMMALS, Coded("dog", ANIMALS, display="x"), ANY).display == "Dog"


def test_an_inactive_code_is_right_with_a_warning(terminology: Terminology) -> None:
    assert in_value_set(terminology, ALL, Coded("dodo", ANIMALS), ANY) == Verdict(
        True, "the code 'dodo' is inactive", "Dodo"
    )


def test_an_abstract_code_is_wrong_if_it_must_be_chosen(terminology: Terminology) -> None:
    animal = Coded("animal", ANIMALS)
    assert in_value_set(terminology, ALL, animal, ANY).result
    assert not in_value_set(terminology, ALL, animal, JudgingRules(abstract=False)).result


def test_a_code_in_a_code_system() -> None:
    zoo = CodeSystem.of(animals(version="2"))
    assert in_code_system(zoo, Coded("dog"), ANY) == Verdict(True, None, "Dog")
    assert not in_code_system(zoo, Coded("horse"), ANY).result
    assert not in_code_system(zoo, Coded("dog", "http://example.org/other"), ANY).result
    assert "which is known here as 2" in (in_code_system(zoo, Coded("dog", version="1"), ANY).message or "")


@pytest.mark.parametrize(("content", "result"), [("complete", False), ("fragment", True), ("not-present", False)])
def test_a_part_of_a_code_system_proves_no_code_wrong(content: str, result: bool) -> None:
    assert in_code_system(CodeSystem.of(animals(content=content)), Coded("horse"), ANY).result is result


def test_one_right_coding_makes_a_concept_right() -> None:
    right, wrong, worse = Verdict(True), Verdict(False, "no", "Dog"), Verdict(False, "never")
    verdicts = {"a": right, "b": wrong, "c": worse}

    def judge(coded: Coded) -> Verdict:
        return verdicts[coded.code or ""]

    assert any_of([Coded("b"), Coded("a")], judge) is right
    assert any_of([Coded("b"), Coded("c")], judge) == Verdict(False, "no; never", "Dog")
    assert any_of([], judge) == Verdict(False, "there is no coding")


def test_a_display_is_one_of_the_names() -> None:
    names = (Designation("Hund", "de"), Designation("a pet", use={"code": "definition"}))
    assert is_called("dog", "Dog", names) and is_called("HUND", "Dog", names)
    assert not is_called("a pet", "Dog", names)
    assert is_called("anything", None, names)
