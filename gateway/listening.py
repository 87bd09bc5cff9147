"""The sockets we are reached by: bound first, listening once there is something to answer with."""

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
"""Connections that may wait to be taken."""


class Server(uvicorn.Server):
    """uvicorn raises a caught signal again once it has stopped, which would skip our clean-up: we listen ourselves."""

    def __init__(self, config: uvicorn.Config, end: Shutdown) -> None:
        super().__init__(config)
        self.end = end
        end.requests = self.server_state.tasks

    def stop(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let requests under way finish for a while, then cancel the rest and count them."""
        await super().shutdown(sockets)
        cancelled = set(self.server_state.tasks)  # uvicorn does not wait for them
        self.end.requests_cancelled = len(cancelled)
        self.end.not_closed += ["request"] * len(await cancel(*cancelled, seconds=2.0))

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def bound(settings: Settings) -> Iterator[list[socket.socket]]:
    """A socket on every address of the configured host; none listens yet, so that nobody waits while the store opens.

    Raises ConfigurationError naming what cannot be had.
    """
    with ExitStack() as opened:
        with unavailable(settings):
            found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            sockets = [opened.enter_context(_bound(family, address)) for family, *_, address in found]
        yield sockets


def _bound(family: socket.AddressFamily, address: Any) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # else :: would also take the port of 0.0.0.0
        one.bind(address)
    except BaseException:
        one.close()
        raise
    return one


@contextmanager
def unavailable(settings: Settings) -> Iterator[None]:
    """The errors of binding and listening, as ConfigurationError. Linux finds some conflicts only when one listens."""
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
    """From now on requests are taken; returns our address, with the port that the system chose if that was left to it.

    Raises ConfigurationError.
    """
    with unavailable(settings):
        for one in sockets:
            one.listen(BACKLOG)
    return settings.model_copy(update={"port": sockets[0].getsockname()[1]}).url
