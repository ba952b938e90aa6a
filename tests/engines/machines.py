"""Machines of their own on one machine: network namespaces with their own addresses and loopback, on one bridge."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

NETWORK = "10.77"
TRIES = 3
"""How often a machine sends again what nobody acknowledges, a few seconds in all; Linux's own 15 are 15 minutes."""


class Machine(NamedTuple):
    """Where a program is started: the address others reach it by, and what goes before its command."""

    address: str = "localhost"
    prefix: tuple[str, ...] = ()
    link: str = ""

    def cut_off(self) -> None:
        """Take it off the network; its programs go on."""
        _ip("link", "set", self.link, "down")


def can_be_made() -> bool:
    """Whether this process may make network namespaces."""
    return os.geteuid() == 0 and shutil.which("ip") is not None


@contextmanager
def machines(count: int) -> Iterator[tuple[str, list[Machine]]]:
    """The address of this machine on the bridge, and that many others. Whatever runs there ends with the block."""
    network = _free_network()
    ours = f"{network}.1"
    with ExitStack() as stack:
        bridge = f"kb{os.getpid()}"
        _ip("link", "add", bridge, "type", "bridge")
        stack.callback(_ip, "link", "del", bridge)
        _ip("addr", "add", f"{ours}/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        made = []
        for number in range(count):
            name = f"k{number}n{os.getpid()}"
            _ip("netns", "add", name)
            stack.callback(_end, name)
            _ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
            _ip("link", "set", name, "master", bridge, "up")
            machine = Machine(f"{network}.{number + 2}", ("ip", "netns", "exec", name), name)
            for arguments in (["addr", "add", f"{machine.address}/24", "dev", "eth0"], ["link", "set", "eth0", "up"]):
                _ip("-n", name, *arguments)
            _ip("-n", name, "link", "set", "lo", "up")
            _ip("netns", "exec", name, "sh", "-c", f"echo {TRIES} > /proc/sys/net/ipv4/tcp_retries2")
            made.append(machine)
        yield ours, made


def _free_network() -> str:
    """The first three numbers of addresses that no bridge has, not even one that a test killed before has left."""
    routes = _ip("route")
    return next(network for n in range(256) if f"{(network := f'{NETWORK}.{n}')}.0/24" not in routes)


def _ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True).stdout


def _end(name: str) -> None:
    for pid in _ip("netns", "pids", name).split():
        os.kill(int(pid), signal.SIGKILL)
    _ip("link", "del", name)
    _ip("netns", "del", name)
