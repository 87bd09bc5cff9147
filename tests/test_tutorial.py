"""The tutorial does what it shows: its files are written, its commands run, and their output is compared."""

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PAGE = (REPOSITORY / "docs" / "tutorials" / "first-hour.md").read_text("utf-8")
_BLOCK = re.compile(r"(?:Save this as `(?P<name>[^`]+)`[^\n]*\n\n)?```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
_COMMAND = re.compile(r"^\$ (?P<command>[^\n]*)\n(?P<output>.*?)(?=^\$ |\Z)", re.DOTALL | re.MULTILINE)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Reader:
    """A reader who follows the page in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._servers = folder, list[subprocess.Popen[bytes]]()
        self._ports = {"8080": str(free_port()), "8081": str(free_port())}
        self._environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        # `gateway` and `python` of this virtualenv, as the page sets PATH.
        self._environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def follow(self, page: str) -> int:
        """Return the number of commands that were run."""
        commands = 0
        for block in _BLOCK.finditer(page):
            if block["name"]:
                (self._folder / block["name"]).write_text(block["text"], "utf-8")
            elif block["language"] == "console":
                for step in _COMMAND.finditer(block["text"]):
                    self._step(step["command"], step["output"])
                    commands += 1
        return commands

    def _step(self, command: str, shown: str) -> None:
        for written, free in self._ports.items():
            command = command.replace(written, free)
        if command.startswith("gateway serve"):
            self._serve(command)
            return
        ended = subprocess.run(
            ["bash", "-c", command], cwd=self._folder, env=self._environment, capture_output=True, text=True, timeout=60
        )
        assert ended.returncode == 0, (command, ended.stdout, ended.stderr)
        output = ended.stdout + ended.stderr
        pattern = ".*?".join(re.escape(part) for part in shown.strip().split("…"))
        assert re.fullmatch(pattern, output.strip(), re.DOTALL), f"$ {command}\n{output}\nshown on the page:\n{shown}"

    def _serve(self, command: str) -> None:
        words = shlex.split(command)
        port = words[words.index("--port") + 1] if "--port" in words else self._ports["8080"]
        server = subprocess.Popen(
            [*words, *([] if "--port" in words else ["--port", port])],
            cwd=self._folder,
            env=self._environment,
            stderr=subprocess.PIPE,
        )
        self._servers.append(server)
        assert server.stderr
        first = server.stderr.readline()
        assert f":{port}/".encode() in first, first
        # Nobody reads the rest of the log, and a full pipe would stop the server.
        subprocess.Popen(["cat"], stdin=server.stderr, stdout=subprocess.DEVNULL)

    def leave(self) -> None:
        for server in self._servers:
            server.terminate()
        for server in self._servers:
            server.wait(40)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    following = Reader(tmp_path)
    yield following
    following.leave()


@pytest.mark.timeout(300)  # two dozen processes, two of them gateways
def test_every_command_prints_what_the_page_shows(reader: Reader) -> None:
    assert reader.follow(PAGE) == len(re.findall(r"^\$ ", PAGE, re.MULTILINE)) > 15


def test_the_page_covers_the_whole_way() -> None:
    titles = re.findall(r"^## \d+\. (.*)$", PAGE, re.MULTILINE)
    assert titles == ["Run", "Load", "Map", "Search", "Exchange", "Score"]
