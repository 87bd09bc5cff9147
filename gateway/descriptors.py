"""How many files this process may hold open: connections, files, and those of the embedded MongoDB."""

import resource

from gateway.errors import ConfigurationError

NEEDED = 1024
_WANTED = 65_536


def allow() -> None:
    """Raise the limit as far as we are allowed to. Raises ConfigurationError where that is too few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if 0 <= soft < highest:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, hard))
    if highest < NEEDED:
        raise ConfigurationError(
            f"this process may open {highest} files at once and needs {NEEDED}: raise the limit "
            "(`ulimit -n`, LimitNOFILE= of systemd, --ulimit nofile= of Docker)"
        )
