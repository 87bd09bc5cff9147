"""Questions to the database that are asked while the event loop takes one turn are answered by one call.

A call costs a good part of a millisecond of processor time, an answer in it next to nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from typing import Generic, TypeVar

import pymongo

SECONDS = 30.0
"""How long one such call may take, however much time is left to each request that waits for it."""

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Shared(Generic[Question, Answer]):
    """`answer` is given all questions of one turn, each once; None stands for an answer it does not give."""

    def __init__(self, answer: Callable[[Sequence[Question]], Awaitable[Mapping[Question, Answer]]]) -> None:
        self._find = answer
        self._asked: dict[Question, asyncio.Future[Answer | None]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question) -> Answer | None:
        loop = asyncio.get_running_loop()
        future = self._asked.get(question)
        if future is None:
            if not self._asked:
                loop.call_soon(self._start)
            future = self._asked[question] = loop.create_future()
        return await asyncio.shield(future)  # one asker's cancellation is not the others'

    def _start(self) -> None:
        asked, self._asked = self._asked, {}
        task = asyncio.create_task(self._answer(asked), context=Context())  # no single request may end it
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _answer(self, asked: dict[Question, "asyncio.Future[Answer | None]"]) -> None:
        try:
            with pymongo.timeout(SECONDS):
                found = await self._find(list(asked))
        except Exception as error:
            for future in asked.values():
                future.set_exception(error)
                future.exception()  # seen, even if every asker has gone
            return
        for question, future in asked.items():
            future.set_result(found.get(question))
