"""A search without terminology."""

import pytest

from gateway.errors import NotSupported
from gateway.search.context import NO_CONTEXT


def test_without_terminology_nothing_is_known() -> None:
    assert NO_CONTEXT.base == ""
    with pytest.raises(NotSupported, match="value sets are not known here"):
        NO_CONTEXT.terms.members("http://x")
    with pytest.raises(NotSupported, match="code systems are not known here"):
        NO_CONTEXT.terms.below("http://x", "a")
    with pytest.raises(NotSupported, match="code systems are not known here"):
        NO_CONTEXT.terms.above("http://x", "a")
