"""How many bytes of request bodies may be held at once: each alone is within its limit, many together could still fill
the memory."""

from gateway.errors import Busy

SCOPE = "gateway.bodies"
"""Where a request keeps its share, from its beginning to the end of its answer."""


class Budget:
    """Bytes, for all requests of a process."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def take(self, count: int) -> None:
        """Raises Busy."""
        if count > self._left:
            raise Busy("too many large requests at once; try again")
        self._left -= count

    def give(self, count: int) -> None:
        self._left += count


class Share:
    """What one request has taken."""

    def __init__(self, budget: Budget) -> None:
        self._budget, self._taken = budget, 0

    def take(self, count: int) -> None:
        self._budget.take(count)
        self._taken += count

    def give_back(self) -> None:
        self._budget.give(self._taken)
        self._taken = 0
