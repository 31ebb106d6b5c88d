"""The addresses under which this machine is reached. Nothing here sends a packet."""

import fcntl
import socket
import struct
import sys

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 (compared with, never bound here)
_SIOCGIFADDR = 0x8915  # Linux: the IPv4 address of an interface


def lan_addresses() -> list[str]:
    """This machine's own IPv4 addresses but for the loopback, the one of the main route first."""
    found = [_route_address(), *_interface_addresses()]
    return [one for one in dict.fromkeys(found) if one and not one.startswith("127.")]


def local_names() -> list[str]:
    """The names this machine has in its own network."""
    host = socket.gethostname().lower()
    return [host] if "." in host else [host, f"{host}.local"]


def _route_address() -> str:
    """The address from which this machine would reach others; connecting UDP sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address, nobody's
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def _interface_addresses() -> list[str]:
    if sys.platform != "linux":
        return []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        return [_interface_address(probe, name) for _, name in socket.if_nameindex()]


def _interface_address(probe: socket.socket, name: str) -> str:
    request = struct.pack("256s", name.encode()[:15])
    try:
        answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
    except OSError:
        return ""  # an interface without an IPv4 address
    return socket.inet_ntoa(answer[20:24])
