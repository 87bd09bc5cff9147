"""What is wrong with a FHIRPath expression, or with the data it was applied to."""

from typing import Literal

from gateway.errors import BadRequest

Phase = Literal["syntax", "semantic", "execution"]


class PathError(BadRequest):
    """`phase` tells when it showed: reading the text, checking it against the type, or evaluating it.

    `at` is the offset in the expression, -1 when unknown.
    """

    def __init__(self, text: str, *, phase: Phase = "execution", at: int = -1) -> None:
        where = f" (at {at + 1})" if at >= 0 else ""
        super().__init__(f"FHIRPath {phase} error{where}: {text}")
        self.phase = phase
        self.at = at
        self.reason = text
