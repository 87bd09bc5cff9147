"""The error of a FHIRPath expression, or of an expression and the data it is evaluated on."""

from typing import Literal

from gateway.errors import BadRequest

Phase = Literal["syntax", "semantic", "execution"]


class PathError(BadRequest):
    """A FHIRPath expression that cannot be parsed, cannot apply to its input type, or cannot be evaluated.

    phase: syntax (parsing the text), semantic (checking it against the type) or execution.
    at: the offset in the expression, -1 if unknown.
    reason: the message without phase and offset.
    """

    def __init__(self, text: str, *, phase: Phase = "execution", at: int = -1) -> None:
        where = f" (at {at + 1})" if at >= 0 else ""
        super().__init__(f"FHIRPath {phase} error{where}: {text}")
        self.phase = phase
        self.at = at
        self.reason = text
