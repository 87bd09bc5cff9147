"""Let this process hold enough files open: connections, files, and those of the embedded MongoDB."""

import contextlib
import resource

from gateway.errors import ConfigurationError

NEEDED = 1024
_WANTED = 65_536


def allow() -> None:
    """Raise the limit as far as we are allowed to. Raises ConfigurationError if that is below NEEDED."""
    for number in (_WANTED, NEEDED):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        number = number if hard == resource.RLIM_INFINITY else min(hard, number)
        if 0 <= soft < number:
            with contextlib.suppress(ValueError, OSError):  # macOS has a lower limit of its own
                resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < NEEDED:
        raise ConfigurationError(
            f"this process may open {soft} files at once and needs {NEEDED}: raise the limit "
            "(`ulimit -n`, LimitNOFILE= of systemd, --ulimit nofile= of Docker)"
        )
