"""Hosts of our own on this machine: network namespaces on one bridge, which can be cut off.

Needs root and iproute2; nothing outside this machine can reach them, nor they it. The bridge is in
a namespace too, which the calling thread enters, with all that it starts: where the machine's own
network changed, browsers would break off what they are loading.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NETWORK = "10.213.7.0/24"
#: Where the hosts find this machine.
HERE = "10.213.7.1"
_BRIDGE = "cm-bridge"


def missing() -> str:
    """What this machine lacks for hosts of our own, "" where nothing."""
    if not shutil.which("ip"):
        return "iproute2 (apt-get install iproute2)"
    return "" if os.geteuid() == 0 else "the rights of root"


@dataclass(frozen=True, kw_only=True)
class Host:
    name: str
    cable: str

    def command(self, *arguments: str) -> list[str]:
        """What runs `arguments` on this host."""
        return ["ip", "netns", "exec", self.name, *arguments]

    def cut_off(self) -> None:
        """Nothing arrives any more, and nobody is told so."""
        _ip("link", "set", self.cable, "down")

    def heal(self) -> None:
        _ip("link", "set", self.cable, "up")


@contextmanager
def hosts(number: int) -> Iterator[list[Host]]:
    with _network_of_its_own():
        made: list[Host] = []
        try:
            _ip("link", "set", "lo", "up")
            _ip("link", "add", _BRIDGE, "type", "bridge")
            _ip("addr", "add", f"{HERE}/24", "dev", _BRIDGE)
            _ip("link", "set", _BRIDGE, "up")
            made.extend(_made(index) for index in range(number))
            yield made
        finally:
            for host in made:
                _ip("netns", "del", host.name)


@contextmanager
def _network_of_its_own() -> Iterator[None]:
    """For this thread and what it starts; it ends, bridge and all, with the last of these."""
    with Path("/proc/thread-self/ns/net").open() as before:
        os.unshare(os.CLONE_NEWNET)
        try:
            yield
        finally:
            os.setns(before.fileno(), os.CLONE_NEWNET)


def _made(index: int) -> Host:
    host = Host(name=f"cm-{os.getpid()}-{index}", cable=f"cm-out-{index}")
    inside = f"cm-in-{index}"
    _ip("netns", "add", host.name)
    _ip("link", "add", host.cable, "type", "veth", "peer", "name", inside)
    _ip("link", "set", inside, "netns", host.name)
    _ip("link", "set", host.cable, "master", _BRIDGE, "up")
    _ip("-n", host.name, "addr", "add", f"10.213.7.{index + 2}/24", "dev", inside)
    _ip("-n", host.name, "link", "set", inside, "up")
    _ip("-n", host.name, "link", "set", "lo", "up")
    return host


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
