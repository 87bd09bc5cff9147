"""What can be told of a path before any data is seen."""

import pytest

from gateway.mapping import reach


@pytest.mark.parametrize(
    ("path", "context", "expected"),
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
        ("managingOrganization.resolve().name", "Patient", None),
    ],
)
def test_the_types_a_path_yields(path: str, context: str, expected: set[str] | None) -> None:
    found = reach.types(path, context)
    if path.startswith("extension"):
        assert found is not None and {"string", "Quantity"} < found
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("gender", {"gender", "_gender"}),
        ("name.where(use = 'old').given", {"name", "_name"}),
        ("deceased", {"deceasedBoolean", "_deceasedBoolean", "deceasedDateTime", "_deceasedDateTime"}),
        ("name.exists()", set()),
        ("name.count() = 0", set()),
        ("'constant'", set()),
        ("iif(true, gender, gender)", set()),
        ("Patient.gender", set()),
    ],
)
def test_the_keys_without_which_a_path_finds_nothing(path: str, expected: set[str]) -> None:
    assert reach.keys(path, "Patient") == expected
