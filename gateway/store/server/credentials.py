"""Keep the secret of the embedded MongoDB in one file of the data directory, which only the file's owner can read.

The file is mongod's key file. With the key the gateway signs in as the system, and creates a user for itself whose
password is derived from the key. To change the password, a new key is enough: the next start gives it to the user.
https://www.mongodb.com/docs/manual/core/security-internal-authentication/
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from gateway.errors import ConfigurationError

log = structlog.get_logger()

SYSTEM, USER = "__system", "gateway"
ROLES = ("readWriteAnyDatabase", "dbAdminAnyDatabase", "clusterMonitor")
_NAME = "mongod.key"
_KEY = re.compile(r"[A-Za-z0-9+/=]{64,1024}")
_OTHERS = 0o077
"""The permissions of other users."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials of the embedded MongoDB.

    key: the content of `file`.
    password: the password of the gateway's user.
    """

    file: Path
    key: str = field(repr=False)

    @property
    def password(self) -> str:
        """The password of the gateway's user, derived from the key."""
        return hmac.new(self.key.encode(), b"gateway user", hashlib.sha256).hexdigest()


def ensure(data_dir: Path) -> Credentials:
    """Return the credentials of a data directory. Create new ones if none exist, or if other users could read them.

    Raises ConfigurationError if the file system cannot keep a file from other users.
    """
    file = data_dir / _NAME
    if file.exists() and file.stat().st_mode & _OTHERS:
        log.warning("other users could read the key of the database: making a new one", file=str(file))
        file.unlink()
    if not _KEY.fullmatch(_text(file)):
        _write(file, base64.b64encode(secrets.token_bytes(96)).decode())
    if file.stat().st_mode & _OTHERS:
        raise ConfigurationError(
            f"{file} cannot be kept from other users on this file system: "
            "choose another data directory (--data-dir or GATEWAY_DATA_DIR), or set GATEWAY_MONGO_URI"
        )
    return Credentials(file, _text(file))


def read(data_dir: Path) -> Credentials:
    """Return the credentials of the gateway that runs on `data_dir`. Raises ConfigurationError if they cannot be
    read."""
    file = data_dir / _NAME
    try:
        return Credentials(file, file.read_text().strip())
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be read ({error.strerror}): it is the key of the running gateway's database"
        ) from None


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _write(file: Path, key: str) -> None:
    """Write the file completely or not at all. It is private from the moment it exists."""
    temporary = file.with_name(f"{file.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(key + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    temporary.replace(file)
