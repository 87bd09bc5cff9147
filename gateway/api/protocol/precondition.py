"""Read and check the demands of If-Match and If-None-Match on the current version before a write.

https://hl7.org/fhir/R4/http.html#concurrency, RFC 9110 13.1.1 and 13.1.2
"""

from typing import NamedTuple

from gateway.api.protocol import etags
from gateway.errors import BadRequest, PreconditionFailed


class Precondition(NamedTuple):
    """A demand on the version that is current before a write.

    versions: those that If-Match names, one of which must be current; empty for `*`, which means any version; None
        without If-Match.
    absent: whether there must be no current version: `If-None-Match: *`.
    """

    versions: frozenset[int] | None
    absent: bool

    @property
    def given(self) -> bool:
        """Tell whether anything is demanded."""
        return self.versions is not None or self.absent

    def check(self, name: str, current: int | None) -> None:
        """Raise PreconditionFailed if the demand is not met.

        name: what the error calls the resource. current: its live version, None if there is none.
        """
        if self.absent and current is not None:
            raise PreconditionFailed(f"{name} exists")
        if self.versions is not None and current is None:
            raise PreconditionFailed(f"{name} does not exist")
        if self.versions and current not in self.versions:
            raise PreconditionFailed(f"{name} is now at version {current}; the request was for another")


NO_PRECONDITION = Precondition(None, absent=False)


def precondition(if_match: str, if_none_match: str) -> Precondition:
    """Read the two headers of a write; "" is an absent header. Raises BadRequest for malformed ones."""
    if if_none_match.strip() not in ("", "*"):
        raise BadRequest("If-None-Match of a write can only be *")
    return Precondition(etags.if_match(if_match), bool(if_none_match.strip()))
