"""gateway.memory: what all requests may hold together."""

import pytest

from gateway.budget import Budget, Limits
from gateway.errors import Busy
from gateway.memory import Memory


def test_what_others_hold_is_refused_and_nothing_of_it_is_taken() -> None:
    memory = Memory(10)
    memory.take(8)
    with pytest.raises(Busy, match="try again"):
        memory.take(3)
    memory.take(2)
    memory.give_back(10)
    memory.take(10)


def test_a_request_gives_everything_back_at_its_end_and_takes_nothing_after_it() -> None:
    memory = Memory(10)
    own = Budget(Limits(bytes=100), memory)
    own.hold(4)
    own.spend(bytes=6)
    with pytest.raises(Busy):
        Budget(Limits(bytes=100), memory).spend(bytes=1)
    own.close()
    own.spend(bytes=10)  # a thread that is still at work
    memory.take(10)


def test_what_a_request_holds_does_not_count_against_what_it_may_read() -> None:
    own = Budget(Limits(bytes=5), Memory(100))
    own.hold(50)
    own.spend(bytes=5)
