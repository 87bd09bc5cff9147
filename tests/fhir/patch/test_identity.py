from typing import Any

import pytest

from gateway.errors import Invalid, Malformed
from gateway.fhir.patch.identity import check_identity

PATIENT = {"resourceType": "Patient", "id": "p"}


def test_the_same_resource_is_returned() -> None:
    after = {**PATIENT, "active": True}
    assert check_identity(PATIENT, after) is after


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ({**PATIENT, "id": "q"}, "may not change id"),
        ({"resourceType": "Patient"}, "may not change id"),
        ({**PATIENT, "resourceType": "Group"}, "may not change resourceType"),
        (None, "does not leave a resource"),
        ([PATIENT], "does not leave a resource"),
    ],
)
def test_another_resource_is_refused(after: Any, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        check_identity(PATIENT, after)


def test_a_resource_that_could_not_be_read_again_is_refused() -> None:
    after: dict[str, Any] = {}
    for _ in range(70):
        after = {"extension": [after]}
    with pytest.raises(Malformed, match="nested deeper than 64 levels"):
        check_identity(PATIENT, {**PATIENT, **after})
