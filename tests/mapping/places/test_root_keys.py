"""Without which keys a path finds nothing, told before any data is seen."""

import pytest

from gateway.mapping.places import root_keys


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
    assert root_keys.keys(path, "Patient") == expected
