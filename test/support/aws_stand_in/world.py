"""What all parts share: one lock, one event loop, the settings of this run."""

import ipaddress
import threading
from dataclasses import dataclass, field

from moto.core.base_backend import BackendDict

from .web import Addresses, Loop

ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Times:
    """How long things take, in seconds: as on AWS, but a hundred times faster."""

    boot: float = 0.3
    """From a task's beginning until it runs."""
    drain: float = 0.3
    """From the order to stop until it is stopped."""
    crash: float = 0.1
    """How long a container lives that crashes."""
    steady: float = 0.25
    """How long tasks without a health check must run until a deployment is complete."""


@dataclass(frozen=True)
class Image:
    """What a container of the image does."""

    kind: str = "healthy"
    seconds: float = 0
    """Of a slow one: until it answers."""


@dataclass
class World:
    times: Times = field(default_factory=Times)
    usual_times: Times = field(default_factory=Times)
    lock: threading.RLock = field(default_factory=threading.RLock)
    loop: Loop = field(default_factory=Loop)
    images: dict[str, Image] = field(default_factory=dict)
    """By digest, or by reference for images that are not in ECR."""
    foreign: set[str] = field(default_factory=set)
    """ARNs of what belongs to other people."""
    foundation: dict[str, str] = field(default_factory=dict)
    """Names of the one that was made last: region, cluster, imageRepository, logGroup."""

    _attached: int = 0

    def next_private_address(self, network: str) -> str:
        """Another one each time: moto's are random, and may meet."""
        self._attached += 1
        hosts = ipaddress.ip_network(network)
        return str(hosts[4 + self._attached % (hosts.num_addresses - 5)])

    def __post_init__(self) -> None:
        self.addresses = Addresses(self.loop)


WORLD = World()


def backend(backends: BackendDict, region: str):
    """The part of moto that has one service's resources in one region."""
    return backends[ACCOUNT][region]
