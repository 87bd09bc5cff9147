"""Loading: what is refused is kept, and the order of the files does not matter."""

from gateway.fhir.json import Resource
from gateway.intake import Item, load
from gateway.intake.bundles import Refused
from gateway.store.records import Letter

OUTCOME: Resource = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "conflict", "diagnostics": "matches nothing", "expression": ["a.b"]}],
}


def transaction(name: str) -> Item:
    entry = {"resource": {"resourceType": "Basic", "id": name}, "request": {"method": "PUT", "url": f"Basic/{name}"}}
    return Item({"resourceType": "Bundle", "type": "transaction", "id": name, "entry": [entry]}, [f"{name}.json"])


class Server:
    """Takes a Bundle only after those it needs."""

    def __init__(self, needs: dict[str, str]) -> None:
        self.needs, self.taken = needs, list[str]()

    async def submit(self, bundle: Resource) -> Resource:
        if (need := self.needs.get(bundle["id"])) and need not in self.taken:
            return OUTCOME
        self.taken.append(bundle["id"])
        return {"resourceType": "Bundle", "entry": [{"response": {"status": "201 Created"}} for _ in bundle["entry"]]}


async def test_files_that_refer_to_later_ones_are_tried_again() -> None:
    server, kept = Server({"a": "b", "b": "c"}), list[Letter]()

    async def keep(letter: Letter) -> None:
        kept.append(letter)

    report = await load([[transaction(name) for name in "abc"]], server.submit, keep, parallel=1)
    assert (sorted(server.taken), report.stored, report.refused, kept) == (["a", "b", "c"], 3, 0, [])


async def test_what_stays_refused_is_one_letter_per_entry_with_its_reason() -> None:
    server, kept = Server({"a": "nothing"}), list[Letter]()

    async def keep(letter: Letter) -> None:
        kept.append(letter)

    report = await load([[transaction("a")], [Refused("x.json", "broken", b"{")]], server.submit, keep)
    assert {(letter.key, letter.reason, letter.detail) for letter in kept} == {
        ("a.json", "conflict", "matches nothing (a.b)"),
        ("x.json", "broken", ""),
    }
    assert (report.stored, report.refused) == (0, 2)


async def test_what_fails_in_its_folder_is_tried_before_the_next_one_and_after_it() -> None:
    server = Server({"a": "b", "c": "d"})

    async def keep(letter: Letter) -> None:
        raise AssertionError(letter)

    await load([[transaction("a"), transaction("b"), transaction("c")], [transaction("d")]], server.submit, keep)
    assert (server.taken.index("a") < server.taken.index("d"), sorted(server.taken)) == (True, ["a", "b", "c", "d"])
