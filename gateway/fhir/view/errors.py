"""What is wrong with a ViewDefinition, or with the rows it asks for."""

from gateway.errors import BadRequest


class ViewError(BadRequest):
    """`at` is the JSON path in the view: `ViewDefinition.select[0].column[1].path`."""

    def __init__(self, text: str, at: str) -> None:
        super().__init__(text, expression=at)
        self.at = at
