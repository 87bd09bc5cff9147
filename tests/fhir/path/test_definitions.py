"""Every expression that the R4 definitions bring along is one that the engine understands."""

import pytest

from gateway.fhir import path, r4

# Rules that R4 itself got wrong for the type they stand on, with the reason.
ERRATA = {
    ("ChargeItemDefinition", "cid-0"): "the type has no element `name`",
    ("decimal", "ras-1"): "written for the Range that probability[x] may also be",
}

SEARCH = sorted(
    {(base, p.expression) for base, found in r4.search_parameters().items() for p in found.values() if p.expression}
)
RULES = sorted(
    {(name, rule.key, rule.expression) for name, type_ in r4.types().items() for rule in type_.rules}
    | {
        (code, rule.key, rule.expression)
        for type_ in r4.types().values()
        for element in type_.elements.values()
        for code in element.types
        for rule in element.rules
    }
)


def test_every_search_parameter_compiles_and_fits_its_base() -> None:
    assert len(SEARCH) > 1000
    for base, expression in SEARCH:
        assert path.compile(expression)
        assert path.compile(expression, base)


def test_every_component_of_a_composite_search_parameter_compiles() -> None:
    parameters = [parameter for found in r4.search_parameters().values() for parameter in found.values()]
    components = [component.expression for parameter in parameters for component in parameter.components]
    assert components
    for expression in components:
        assert path.compile(expression)


def test_every_invariant_compiles() -> None:
    assert len(RULES) > 200
    for _, _, expression in RULES:
        assert path.compile(expression)


def test_every_invariant_but_the_errata_fits_the_type_it_stands_on() -> None:
    for type_, key, expression in RULES:
        if (type_, key) not in ERRATA:
            assert path.compile(expression, type_)


@pytest.mark.parametrize(("type_", "key"), sorted(ERRATA))
def test_an_erratum_is_found_by_the_check(type_: str, key: str) -> None:
    expression = next(text for name, rule, text in RULES if (name, rule) == (type_, key))
    with pytest.raises(path.PathError, match="has no element"):
        path.compile(expression, type_)
