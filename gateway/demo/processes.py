"""Run the gateways of the demo as real processes, started with the command a user would type."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from gateway.errors import GatewayError
from gateway.store.server.die_with_parent import end_with_parent


class DemoFailed(GatewayError):
    """An error of the demo: a part did not do its work. The text says which, and where its log is."""


@dataclass(frozen=True)
class Site:
    """One hospital of the demo.

    folder: holds its database and its log.
    options: more options of its `gateway serve`.
    """

    name: str
    port: int
    folder: Path
    options: Sequence[str] = ()

    @property
    def url(self) -> str:
        """Return the address of its gateway."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Return the file of its log."""
        return self.folder / "gateway.log"


@asynccontextmanager
async def serving(site: Site, *, seconds: float = 60) -> AsyncIterator[None]:
    """Run the site's gateway, ready to answer; stop it as gently as Ctrl-C would when the block is left.

    Raises DemoFailed if it does not start, also when its port is taken: the program there might answer in its place.
    """
    check_port(site)
    site.folder.mkdir(parents=True, exist_ok=True)
    command = ["serve", "--port", str(site.port), "--data-dir", str(site.folder), "--site", site.name, *site.options]
    with site.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gateway",
            *command,
            stdout=log,
            stderr=log,
            env=environment(),
            start_new_session=True,  # Ctrl-C is for us: we stop them in order
            preexec_fn=end_with_parent(),
        )
    try:
        await _ready(site, process, seconds)
        yield
    finally:
        await _stop(process)


def check_port(site: Site) -> None:
    """Raise DemoFailed if another program listens on the site's port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", site.port))
            probe.listen()
        except OSError:
            raise DemoFailed(
                f"Port {site.port} is in use by another program: choose other ports (--port, --partner-port)"
            ) from None


def environment() -> dict[str, str]:
    """Return our environment without GATEWAY_ settings: the demo shows the defaults, and touches no other database."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}


async def _ready(site: Site, process: asyncio.subprocess.Process, seconds: float) -> None:
    async with httpx.AsyncClient(timeout=2) as client:
        for _ in range(int(seconds * 10)):
            if process.returncode is not None:
                lines = site.log.read_text(errors="replace").strip().splitlines()[-5:]
                raise DemoFailed(f"The gateway {site.name} did not start (log: {site.log}): " + " / ".join(lines))
            try:
                if (await client.get(f"{site.url}/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise DemoFailed(f"The gateway {site.name} was not ready after {seconds:.0f} s (log: {site.log})")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 30)
        except TimeoutError:
            process.kill()
            await process.wait()


async def run_command(*arguments: str) -> str:
    """Run `gateway …` to its end and return what it printed; its progress goes to our terminal. Raises DemoFailed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *arguments, stdout=asyncio.subprocess.PIPE, env=environment()
    )
    printed, _ = await process.communicate()
    if process.returncode not in (0, 1):
        raise DemoFailed(f"gateway {' '.join(arguments[:2])} ended with exit code {process.returncode}")
    return printed.decode()
