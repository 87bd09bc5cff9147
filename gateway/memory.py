"""Limit the memory that all requests of this process hold together: each one is within its own limits, but many at
once could still fill the memory."""

from threading import Lock

from gateway.errors import Busy


class Memory:
    """A pool of bytes: request bodies on their way in, and what is read from the database for answers."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._lock = Lock()

    def take(self, count: int) -> None:
        """Take `count` bytes. Raises Busy, and takes nothing, when other requests hold too much."""
        with self._lock:
            if count > self._left:
                raise Busy("too many large requests at once; try again")
            self._left -= count

    def give_back(self, count: int) -> None:
        """Release bytes that were taken."""
        with self._lock:
            self._left += count
