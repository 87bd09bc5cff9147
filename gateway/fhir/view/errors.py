"""The error of a ViewDefinition, or of a view and the resources it is applied to."""

from gateway.errors import BadRequest


class ViewError(BadRequest):
    """A fault of a view. `at` is its JSON path in the view: `ViewDefinition.select[0].column[1].path`."""

    def __init__(self, text: str, at: str) -> None:
        super().__init__(text, expression=at)
        self.at = at
