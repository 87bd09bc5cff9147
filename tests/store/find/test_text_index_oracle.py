"""Searches by words against the plain meaning of their language, while resources change and pages are under way."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gateway.search.query import parse
from gateway.store import Store, Write
from gateway.store.find import chains, text_index
from gateway.store.find.search import Page
from gateway.store.find.text_index import TextIndex
from tests.store.find.test_text_index import caught_up, told
from tests.store.searching import ids, put

VOCABULARY = ("bone", "boney", "liver", "kidney", "metast")
Meaning = Callable[[list[str]], bool]


def word(dice: random.Random) -> tuple[str, Meaning]:
    one = dice.choice(VOCABULARY)
    return one, lambda text: one in text


def prefix(dice: random.Random) -> tuple[str, Meaning]:
    start = dice.choice(VOCABULARY)[:3]
    return f"{start}*", lambda text: any(one.startswith(start) for one in text)


def phrase(dice: random.Random) -> tuple[str, Meaning]:
    two = [dice.choice(VOCABULARY), dice.choice(VOCABULARY)]
    return f'"{" ".join(two)}"', lambda text: any(text[at : at + 2] == two for at in range(len(text)))


def question(dice: random.Random, depth: int = 0) -> tuple[str, Meaning]:
    if depth > 2 or dice.random() < 0.6:
        return dice.choice((word, word, prefix, phrase))(dice)
    left, meant = question(dice, depth + 1)
    kind = dice.choice(("not", "and", "", "or"))
    if kind == "not":
        return f"not ({left})", lambda text: not meant(text)
    right, also = question(dice, depth + 1)
    if kind == "or":
        return f"({left} or {right})", lambda text: meant(text) or also(text)
    return f"({left}) {kind} ({right})", lambda text: meant(text) and also(text)


@dataclass
class Paging:
    """A search whose pages are read one by one; `expected` is what matched when it began."""

    text: str
    expected: list[str]
    met: list[str]
    next: str | None = None

    async def go_on(self, store: Store) -> None:
        page = await asked(store, self.text, 4, self.next)
        assert page.total == len(self.expected), self.text
        self.met += ids(page)
        self.next = page.next
        assert self.next or sorted(self.met) == self.expected, self.text


async def asked(store: Store, text: str, count: int, page: str | None = None) -> Page:
    pairs = [("_text", text), ("_count", str(count)), ("_total", "accurate")]
    return await store.resources.search(parse("Observation", [*pairs, *([("_page", page)] if page else [])]))


async def change(store: Store, there: dict[str, list[str]], dice: random.Random) -> None:
    for _ in range(dice.randint(0, 5)):
        id_ = f"o{dice.randint(0, 30)}"
        if id_ in there and dice.random() < 0.25:
            await store.commit(Write("Observation", id_, None, "api"))
            del there[id_]
        else:
            there[id_] = dice.choices(VOCABULARY, k=dice.randint(0, 5))
            await put(store, told(id_, " ".join(there[id_])))


async def catch_up_somewhat(store: Store, dice: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    if dice.random() < 0.5:
        return await caught_up(store)
    reader = TextIndex(store.database, store._feed)
    seq = await reader._lease.acquire()
    assert seq is not None
    with monkeypatch.context() as patched:
        patched.setattr(text_index, "_BATCH", dice.randint(1, 5))
        await reader._step(seq)
    await reader._lease.release()


async def test_every_answer_is_what_the_words_of_that_moment_say(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    dice, there, under_way = random.Random(11), dict[str, list[str]](), list[Paging]()
    for _ in range(60):
        await change(store, there, dice)
        if dice.random() < 0.3:
            await catch_up_somewhat(store, dice, monkeypatch)
        monkeypatch.setattr(chains, "MANY", dice.choice((0, 3, 1000)))
        text, meant = question(dice)
        expected = sorted(id_ for id_, held in there.items() if meant(held))
        assert sorted(ids(await asked(store, text, 100))) == expected, text
        under_way.append(Paging(text, expected, []))
        for one in [one for one in under_way if not one.met or dice.random() < 0.5]:
            await one.go_on(store)
        under_way = [one for one in under_way if one.next]
