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


@pytest.mark.parametrize(
    ("expression", "context", "expected"),
    [
        ("gender", "Patient", {"code"}),
        ("Patient.name.given", "Patient", {"string"}),
        ("contact", "Patient", {"Patient.contact"}),
        ("gender", "Patient.contact", {"code"}),
        ("deceased", "Patient", {"boolean", "dateTime"}),
        ("deceased.ofType(dateTime)", "Patient", {"dateTime"}),
        ("(deceased as dateTime)", "Patient", {"dateTime"}),
        ("deceased is dateTime", "Patient", {"boolean"}),
        ("iif(deceased is dateTime, true, deceased.ofType(boolean))", "Patient", {"boolean"}),
        ("name.where(use = 'official').first().family", "Patient", {"string"}),
        ("name[0].period", "Patient", {"Period"}),
        ("name.exists()", "Patient", {"boolean"}),
        ("extension('http://x').value", "Patient", None),
        ("birthDate | deceased.ofType(dateTime)", "Patient", {"date", "dateTime"}),
        ("'constant'", "Patient", {"string"}),
        ("$this", "HumanName", {"HumanName"}),
        ("managingOrganization.resolve()", "Patient", None),
        ("iif(active, name, address)", "Patient", {"HumanName", "Address"}),
        ("iif(active, name)", "Patient", {"HumanName"}),
        ("iif(active, contained)", "Patient", None),
        ("%x", "Patient", None),
        ("managingOrganization.resolve().name", "Patient", None),
    ],
)
def test_the_types_an_expression_yields(expression: str, context: str, expected: set[str] | None) -> None:
    found = path.compile(expression, context).yields
    if expression.startswith("extension"):
        assert found is not None and {"string", "Quantity"} < found
    else:
        assert found == expected


def test_without_a_type_of_input_nothing_can_be_told() -> None:
    assert path.compile("Patient.gender").yields is None
