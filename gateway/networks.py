"""Tell what an IP address or a name of this machine is. No I/O: nothing is resolved."""

import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_loopback(name: str) -> bool:
    """Return whether `name` is `localhost` or an address in 127.0.0.0/8 or ::1."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
