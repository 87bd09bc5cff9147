"""Structured logs: one JSON object a line on stderr. They hold names, counts, times and codes; never content.

Records that libraries send to Python's `logging`, and errors that only hooks of the interpreter see, become such lines
too. Their texts may quote data, so only the constant part of a text, the kind of an error and its place are kept.
"""

import logging
import sys
import threading
import warnings
from typing import Any, TextIO

import structlog

from gateway.errors import frames

log = structlog.get_logger()


def configure(level: str) -> None:
    """Set up structlog and Python's logging for lines of at least `level`; an unknown level means info."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    root = logging.getLogger()
    root.setLevel(max(number, logging.WARNING))
    if not any(isinstance(handler, Forward) for handler in root.handlers):
        root.addHandler(Forward())


def catch_everything() -> None:
    """Log what Python would write as plain text: errors in threads, errors in destructors, and warnings."""
    threading.excepthook = lambda hook: _tell("thread failed", hook.exc_value)
    sys.unraisablehook = lambda hook: _tell("error in a destructor", hook.exc_value)
    warnings.showwarning = _warned


class Forward(logging.Handler):
    """Hand the records of libraries to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record of Python's logging."""
        facts: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[1]:
            facts |= _facts(record.exc_info[1])
        log.log(record.levelno, event_of(record), **facts)


def event_of(record: logging.LogRecord) -> str:
    """Return the first line of the text, with its arguments filled in only if all are numbers: others may be data."""
    args = record.args if isinstance(record.args, tuple) else ()
    if args and all(isinstance(argument, int | float) for argument in args):
        return record.getMessage().strip().partition("\n")[0]
    return str(record.msg).strip().partition("\n")[0]


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    log.warning("python warning", category=category.__name__, at=f"{filename.rpartition('/')[2]}:{lineno}")


def _tell(event: str, error: BaseException | None) -> None:
    log.error(event, **(_facts(error) if error else {}))


def _facts(error: BaseException) -> dict[str, Any]:
    return {"error": type(error).__name__, "at": frames(error)}
