"""What may be stored, strictly and leniently."""

from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import check


def patient(**elements: Any) -> Resource:
    return {"resourceType": "Patient", **elements}


def test_strict_refuses_every_error_and_lenient_what_cannot_be_held() -> None:
    odd = patient(id="a", gender="Male", foo=1)
    with pytest.raises(Invalid):
        check(odd)
    assert [issue.expression for issue in check(odd, strictness="lenient")] == ["Patient.gender", "Patient.foo"]
    assert check(patient(), strictness="lenient") == []


@pytest.mark.parametrize("none", [{}, {"resourceType": "Robot"}, patient(id="a/b"), patient(id=1), patient(meta=[])])
def test_what_has_no_type_id_or_meta_to_hold_it_by_is_refused_however_lenient(none: Resource) -> None:
    with pytest.raises(Invalid):
        check(none, strictness="lenient")
