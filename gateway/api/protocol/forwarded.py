"""Find the address that a client used, as a trusted proxy reports it: Forwarded (RFC 7239), else X-Forwarded-*.

The headers of anybody else are ignored. The address is used for links only: whether a request is answered depends on
its Host header (`bearer.addressed`).
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from starlette.datastructures import Headers

from gateway.networks import Network

HOST = re.compile(r"[A-Za-z0-9.\-_]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~\-]+)+/?")
_PAIR = re.compile(r'\s*([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))\s*(;|,|$)')
_PORTS = {"http": "80", "https": "443"}
_MAX_LENGTH = 4_000


@dataclass(frozen=True, slots=True)
class Address:
    """An address as the client used it. `host` includes the port unless it is the default; `prefix` is the part of the
    path that the proxy removed, or "".
    """

    scheme: str
    host: str
    prefix: str = ""


def address(peer: str, headers: Headers, trusted: Sequence[Network], direct: Address) -> Address:
    """Return the address that the outermost trusted proxy was asked for; `direct` if `peer` is not trusted or reports
    none.
    """
    if not is_trusted(peer, trusted):
        return direct
    told = _hops(_joined(headers, "forwarded"))
    if told:
        return _standard(told, trusted, direct)
    return _customary(headers, trusted, direct)


def client(peer: str, headers: Headers, trusted: Sequence[Network]) -> str:
    """Return the address of the client: the nearest one that is not a trusted proxy; `peer` if all are trusted."""
    standard = [hop.get("for", "") for hop in _hops(_joined(headers, "forwarded"))]
    chain = [*(standard or _listed(headers, "x-forwarded-for")), peer]
    return next((_bare(address) for address in reversed(chain) if not is_trusted(address, trusted)), peer)


def is_trusted(text: str, trusted: Sequence[Network]) -> bool:
    """Return whether `text` is an address in a trusted network. It may be in brackets or have a port (RFC 7239)."""
    try:
        found = ipaddress.ip_address(_bare(text))
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in trusted if network.version == found.version)


def _bare(node: str) -> str:
    node = node.strip().strip('"')
    if node.startswith("["):
        return node[1:].partition("]")[0]
    return node.partition(":")[0] if node.count(":") == 1 else node


def _joined(headers: Headers, name: str) -> str:
    text = ",".join(headers.getlist(name))
    return text if len(text) <= _MAX_LENGTH else ""


def _depth(clients: Sequence[str], trusted: Sequence[Network]) -> int:
    """Return how many of the last entries were written by trusted proxies.

    Our proxy wrote the last entry, and the proxy that this entry names wrote the one before it. Anybody may have
    written the earlier ones.
    """
    depth = 1
    for client in reversed(clients):
        if not is_trusted(client, trusted):
            break
        depth += 1
    return depth


def _standard(hops: list[dict[str, str]], trusted: Sequence[Network], direct: Address) -> Address:
    believed = hops[-_depth([hop.get("for", "") for hop in hops], trusted) :]
    found = direct
    for hop in reversed(believed):
        found = _with(found, hop.get("proto", ""), hop.get("host", ""))
    return found


def _hops(header: str) -> list[dict[str, str]]:
    """Return the elements of Forwarded, oldest first; an empty list if one of them is malformed."""
    hops: list[dict[str, str]] = [{}]
    at = 0
    while at < len(header):
        pair = _PAIR.match(header, at)
        if pair is None:
            return []
        name, quoted, token, separator = pair.groups()
        hops[-1][name.lower()] = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token
        if separator == ",":
            hops.append({})
        at = pair.end()
    return hops if header.strip() else []


def _customary(headers: Headers, trusted: Sequence[Network], direct: Address) -> Address:
    depth = _depth(list(_listed(headers, "x-forwarded-for")), trusted)

    def last(name: str) -> str:
        values = list(_listed(headers, f"x-forwarded-{name}"))
        return values[-min(depth, len(values))] if values else ""

    found = _with(direct, last("proto"), last("host"))
    found = _with_port(found, last("port"), told_host=bool(last("host")))
    prefix = last("prefix")
    return replace(found, prefix=prefix.rstrip("/") + direct.prefix) if _PREFIX.fullmatch(prefix) else found


def _listed(headers: Headers, name: str) -> Iterator[str]:
    return (part.strip() for part in _joined(headers, name).split(",") if part.strip())


def _with(found: Address, scheme: str, host: str) -> Address:
    """Return the address with the reported scheme and host; invalid values are ignored, each by itself."""
    scheme = scheme.lower()
    found = replace(found, scheme=scheme) if scheme in _PORTS else found
    return replace(found, host=host) if HOST.fullmatch(host) else found


def _with_port(found: Address, port: str, *, told_host: bool) -> Address:
    """Return the address with the reported port, unless the reported host has its own."""
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    bare = found.host.rpartition("]")[2]
    if not 0 < number < 65536 or (told_host and ":" in bare):
        return found
    name = found.host[: len(found.host) - len(bare)] + bare.partition(":")[0]
    return replace(found, host=name if port == _PORTS[found.scheme] else f"{name}:{number}")
