"""Bind the sockets of the server first, and listen once there is something to answer with."""

import errno
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import uvicorn

from gateway.cancellation import cancel
from gateway.errors import ConfigurationError
from gateway.settings import Settings
from gateway.shutdown import Shutdown

BACKLOG = 2048
"""How many connections may wait to be accepted."""


class Server(uvicorn.Server):
    """A uvicorn server whose signals and shutdown are ours.

    uvicorn raises a caught signal again once it has stopped, which would skip our clean-up.
    """

    def __init__(self, config: uvicorn.Config, end: Shutdown) -> None:
        super().__init__(config)
        self.end = end
        end.requests = self.server_state.tasks

    def stop(self) -> None:
        """Ask the server to take no more requests and to end."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let requests under way finish for a while, then cancel the rest and count them."""
        await super().shutdown(sockets)
        cancelled = set(self.server_state.tasks)  # uvicorn does not wait for them
        self.end.requests_cancelled = len(cancelled)
        self.end.not_closed += ["request"] * len(await cancel(*cancelled, seconds=2.0))

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: `Shutdown.on_signals` handles them."""
        yield


@contextmanager
def bound(settings: Settings) -> Iterator[list[socket.socket]]:
    """Yield a socket for every address of the configured host. None listens yet: nobody waits while the store opens.

    Raises ConfigurationError that names the port or host.
    """
    with ExitStack() as opened:
        with unavailable(settings):
            addresses = socket.getaddrinfo(
                settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            sockets = [opened.enter_context(_bound(family, address)) for family, *_, address in addresses]
        yield sockets


def _bound(family: socket.AddressFamily, address: Any) -> socket.socket:
    bound_socket = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound_socket.setsockopt(
                socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1
            )  # else :: would also take the port of 0.0.0.0
        bound_socket.bind(address)
    except BaseException:
        bound_socket.close()
        raise
    return bound_socket


@contextmanager
def unavailable(settings: Settings) -> Iterator[None]:
    """Turn errors of binding and listening into ConfigurationError. Linux finds some conflicts only on listening."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            text = f"Port {settings.port} is in use by another program: choose another (--port or GATEWAY_PORT)"
        else:
            place = f"{settings.host}, port {settings.port}"
            text = f"Cannot listen on {place} (--host, --port or GATEWAY_HOST, GATEWAY_PORT): {error.strerror}"
        raise ConfigurationError(text) from error


def listen(settings: Settings, sockets: Sequence[socket.socket]) -> str:
    """Begin to take connections. Return our address, with the port that the system chose for port 0.

    Raises ConfigurationError.
    """
    with unavailable(settings):
        for bound_socket in sockets:
            bound_socket.listen(BACKLOG)
    return settings.model_copy(update={"port": sockets[0].getsockname()[1]}).url
