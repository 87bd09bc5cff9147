"""Which names and addresses are this machine."""

import pytest

from gateway.networks import is_loopback


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.8.9.10", "::1"])
def test_localhost_and_loopback_addresses_are_this_machine(name: str) -> None:
    assert is_loopback(name)


@pytest.mark.parametrize("name", ["", "localhost.example", "10.0.0.1", "0.0.0.0", "::", "::ffff:10.0.0.1", "127.0.0"])
def test_everything_else_is_not(name: str) -> None:
    assert not is_loopback(name)
