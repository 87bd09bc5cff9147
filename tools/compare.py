"""Show that two versions of the code store the same: import files with both, compare all that the databases hold.

    python tools/compare.py OTHER PATH… [--each 40] [--except letters.detail]

OTHER is a checkout with a virtual environment in `.venv`, such as a clone of an earlier commit; it is compared with the
checkout that this script lies in. PATH… are FHIR files or folders; of each folder at most `--each` files are taken,
evenly spread. Both versions run `gateway import` on the same files with the same clock, which stands still, against a
real MongoDB. Then every document of every collection is compared field by field: bodies, superseded versions, index
tokens, internal documents, the feed, links of imports and dead letters.

What differs from run to run is made the same first: ids that the gateway assigns are numbered in the order of the
contents, times of transactions, which are a millisecond apart, are replaced by the one of the clock, and entries of the
feed are compared by resource and version, as writes of one batch may commit in another order. What only processes need
(`PROCESSES`) is left out, and so are fields named by `--except`, such as texts that read better now.
Prints the first differences and how many there are of each kind; exits with 1 if there are any. By default invalid
resources are stored too (GATEWAY_STRICTNESS=lenient), so that the faults of real files are compared as well.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_NOW = "2026-01-02T03:04:05.000"
PROCESSES = frozenset({"writers", "followers", "counters"})
"""Collections that tell of processes and leases, not of resources."""
SHOWN = 20
ROOT = Path(__file__).parents[1]
_TIME = re.compile(r"2026-01-02T03:0[4-9]:[0-9]{2}\.[0-9]{3}")
_ASSIGNED = re.compile("00000000-0000-4000-8000-[0-9a-f]{12}")
_POSITION = re.compile(r"\[[0-9]+\]")
_WIDTH = 160

Document = dict[str, Any]
Database = dict[str, dict[str, Document]]
"""collection -> text of `_id` -> document"""


@dataclass(frozen=True)
class Difference:
    """One value that differs.

    kind: `collection.field`, without positions in lists, to count by.
    """

    kind: str
    id: str
    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.kind.partition('.')[0]} {self.id} {self.path}\n    - {self.before}\n    + {self.after}"


# --- comparing


def differences(before: Database, after: Database, excepted: frozenset[str] = frozenset()) -> Iterator[Difference]:
    """Yield what differs between two databases, but for the fields `excepted` (`collection.field`)."""
    for collection in sorted({*before, *after} - PROCESSES):
        old, new = before.get(collection, {}), after.get(collection, {})
        for id_ in sorted({*old, *new}):
            if id_ not in old or id_ not in new:
                yield Difference(collection, id_, "", *("there" if id_ in side else "missing" for side in (old, new)))
                continue
            for path, left, right in _values(old[id_], new[id_], ""):
                kind = f"{collection}.{_POSITION.sub('', path)}"
                if not any(kind == name or kind.startswith(f"{name}.") for name in excepted):
                    yield Difference(kind, id_, path, left, right)


def _values(before: Any, after: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield (path, value before, value after) for each value that differs; also for keys in another order."""
    if type(before) is not type(after):
        yield path, _short(before), _short(after)
    elif isinstance(before, dict):
        for key in {**before, **after}:
            yield from _values(before.get(key), after.get(key), f"{path}.{key}".lstrip("."))
        if list(before) != list(after) and before.keys() == after.keys():
            yield path, f"keys {list(before)}", f"keys {list(after)}"
    elif isinstance(before, list) and len(before) == len(after):
        for number, pair in enumerate(zip(before, after, strict=True)):
            yield from _values(*pair, f"{path}[{number}]")
    elif isinstance(before, bytes | str) and before != after:
        first = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
        part = slice(max(0, first - _WIDTH // 4), first + _WIDTH // 2)
        yield path, _short(before[part]), _short(after[part])
    elif before != after:
        yield path, _short(before), _short(after)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"


def steady(database: Database) -> Database:
    """Replace what differs from run to run: assigned ids, times of transactions, places in the feed."""
    feed = database.get("feed", {}).values()
    assigned = [document for document in database.get("resources", {}).values() if _ASSIGNED.fullmatch(document["i"])]
    ordered = sorted(assigned, key=lambda document: _TIME.sub("", _ASSIGNED.sub("", document["b"].decode())))
    names = {document["i"]: f"assigned-{number:027}" for number, document in enumerate(ordered)}

    def renamed(value: Any) -> Any:
        if isinstance(value, str):
            return _TIME.sub(_NOW, _ASSIGNED.sub(lambda match: names.get(match[0], match[0]), value))
        if isinstance(value, datetime) and NOW <= value < NOW + timedelta(minutes=4):
            return NOW
        if isinstance(value, bytes):
            return renamed(value.decode("latin-1")).encode("latin-1")
        if isinstance(value, dict):
            return {renamed(key): renamed(item) for key, item in value.items()}
        return [renamed(item) for item in value] if isinstance(value, list) else value

    by_version = {f"{entry.get('t')}/{entry.get('i')}/{entry.get('v')}": {**entry, "_id": None} for entry in feed}
    return {
        collection: {renamed(id_): renamed(document) for id_, document in documents.items()}
        for collection, documents in {**database, "feed": by_version}.items()
    }


# --- importing, in a process of the version that is compared


def import_files(files: Sequence[str]) -> None:
    """Run `gateway import` of the code on sys.path, with a clock that stands still and ids that are counted."""
    from gateway.__main__ import main

    import_module("gateway.app")  # and with it all that stores something
    intake = import_module("gateway.intake.load")
    for name, module in list(sys.modules.items()):
        if name.startswith("gateway."):
            _fix(module)
    intake.load.__kwdefaults__["parallel"] = 1
    sys.argv = ["gateway", "import", *files]
    with suppress(SystemExit):  # exit code 1: some files hold what is refused
        main()


class _Clock(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


class _Datetime(datetime, metaclass=_Clock):
    """`datetime` whose `now` is always the same; all it makes are ordinary datetimes."""

    def __new__(cls, *arguments: Any, **options: Any) -> Any:
        return datetime(*arguments, **options)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return NOW.astimezone(tz) if tz else NOW.replace(tzinfo=None)


_numbers = count(1)


def _counted_id() -> UUID:
    return UUID(f"00000000-0000-4000-8000-{next(_numbers):012x}")


def _fix(module: Any) -> None:
    """Replace the clock and the random ids where a module of the gateway has imported them by name."""
    if getattr(module, "datetime", None) is datetime:
        module.datetime = _Datetime
    if hasattr(module, "uuid4"):
        module.uuid4 = _counted_id


# --- running both


def chosen(paths: Sequence[Path], each: int) -> list[Path]:
    """Return the files at `paths`, of each folder at most `each`, evenly spread."""
    from gateway.intake.files import by_folder, find

    folders = by_folder(find(path.resolve() for path in paths))
    return [file for files in folders for file in files[:: -(-len(files) // each)]]


async def stored(checkout: Path, files: Sequence[Path], uri: str, name: str) -> Database:
    """Import the files with the code of `checkout` into the database `name`; return all that it holds then."""
    from pymongo import AsyncMongoClient

    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "GATEWAY_STRICTNESS": "lenient",
            **os.environ,
            "PYTHONPATH": str(checkout),
            "GATEWAY_MONGO_URI": uri,
            "GATEWAY_DATABASE": name,
            "GATEWAY_DATA_DIR": folder,
            "GATEWAY_MAPPINGS": str(checkout / "mappings"),
        }
        python = checkout / ".venv/bin/python"
        command = [python if python.exists() else sys.executable, Path(__file__).resolve(), "--import", *files]
        code = await asyncio.to_thread(
            lambda: subprocess.run(command, cwd=checkout, env=environment, stdout=subprocess.DEVNULL).returncode
        )
    if code:
        raise SystemExit(f"{checkout}: the import ended with exit code {code}")
    async with AsyncMongoClient[Document](uri, tz_aware=True) as client:
        database = client[name]
        collections = await database.list_collection_names()
        return {
            collection: {str(document["_id"]): document async for document in database[collection].find()}
            for collection in collections
        }


async def compare(other: Path, files: Sequence[Path], excepted: frozenset[str]) -> list[Difference]:
    from gateway.store.server import embedded

    with tempfile.TemporaryDirectory() as folder:
        async with embedded.start(Path(folder)) as mongod:
            before = steady(await stored(other, files, mongod.uri, "before"))
            after = steady(await stored(ROOT, files, mongod.uri, "after"))
    _say(f"compared {_counts(after)}")
    return list(differences(before, after, excepted))


def _counts(database: Mapping[str, Mapping[str, Document]]) -> str:
    return ", ".join(f"{len(documents)} {name}" for name, documents in sorted(database.items()) if documents)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--import"]:
        import_files(arguments[1:])
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path)
    parser.add_argument("paths", type=Path, nargs="+")
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--except", dest="excepted", action="append", default=[])
    options = parser.parse_args(arguments)
    files = chosen(options.paths, options.each)
    _say(f"importing {len(files)} files with {options.other} and with {ROOT}")
    different = asyncio.run(compare(options.other.resolve(), files, frozenset(options.excepted)))
    for difference in different[:SHOWN]:
        _say(str(difference))
    for kind, number in Counter(difference.kind for difference in different).most_common():
        _say(f"{number} differ in {kind}")
    _say("no difference" if not different else f"{len(different)} differences")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
