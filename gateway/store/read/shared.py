"""Answer all questions that are asked in one iteration of the event loop by one call to the database.

A call costs a good part of a millisecond of processor time, another answer in it next to nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from typing import Generic, TypeVar

import pymongo

CALL_SECONDS = 30.0
"""The time that one call may take, however much time is left to the requests that wait for it."""

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Shared(Generic[Question, Answer]):
    """Gathers questions, and asks them together."""

    def __init__(self, answer: Callable[[Sequence[Question]], Awaitable[Mapping[Question, Answer]]]) -> None:
        """answer: is called with all questions of one iteration, each once, and returns the answers that it has."""
        self._answer = answer
        self._questions: dict[Question, asyncio.Future[Answer | None]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question) -> Answer | None:
        """Return the answer to `question`, None if there is none. Raises the error of the call."""
        loop = asyncio.get_running_loop()
        future = self._questions.get(question)
        if future is None:
            if not self._questions:
                loop.call_soon(self._start)
            future = self._questions[question] = loop.create_future()
        return await asyncio.shield(future)  # others may wait for the same answer

    def _start(self) -> None:
        questions, self._questions = self._questions, {}
        # In an empty context: the call belongs to several requests, so no single budget may end it.
        task = asyncio.create_task(self._run(questions), context=Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, questions: dict[Question, "asyncio.Future[Answer | None]"]) -> None:
        try:
            with pymongo.timeout(CALL_SECONDS):
                answers = await self._answer(list(questions))
        except Exception as error:
            for future in questions.values():
                future.set_exception(error)
                future.exception()  # marks it as retrieved: asyncio warns otherwise if every asker was cancelled
            return
        for question, future in questions.items():
            future.set_result(answers.get(question))
