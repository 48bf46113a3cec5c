"""All services and tasks of a region; their state goes on when it is looked at, and by timers."""

import time

from .services import Service
from .tasks import Task
from .world import WORLD


class Fleet:
    def __init__(self) -> None:
        self.services: dict[tuple[str, str], Service] = {}
        self.former: list[Service] = []
        """Services whose name was used again."""
        self.single: list[Task] = []
        """Tasks of no service."""
        self._timer: float | None = None

    @property
    def tasks(self) -> list[Task]:
        return self.single + [task for service in [*self.former, *self.services.values()] for task in service.tasks]

    def find(self, cluster: str, name_or_arn: str) -> Service | None:
        return self.services.get((cluster, name_or_arn.split("/")[-1]))

    def add(self, service: Service) -> None:
        key = (service.cluster, service.name)
        if key in self.services:
            self.former.append(self.services[key])
        self.services[key] = service

    def advance(self) -> None:
        """Everything that should have happened by now, has."""
        now = time.time()
        going = True
        while going:
            going = any([task.advance(now) for task in self.tasks if task.status != "STOPPED"])
            going = any([service.advance(now) for service in self.services.values()]) or going
        self._set_timer(now)

    def close(self) -> None:
        for task in self.tasks:
            if task.server is not None:
                task.server.close()

    def _set_timer(self, now: float) -> None:
        moments = [task.next_moment() for task in self.tasks if task.status != "STOPPED"]
        moments += [service.next_moment() for service in self.services.values()]
        to_come = [moment for moment in moments if moment is not None and moment > now]
        earliest = min(to_come, default=None)
        if earliest is None or (self._timer is not None and now < self._timer <= earliest):
            return
        self._timer = earliest
        # A little late, so that nothing is a rounding error too early.
        WORLD.loop.call_later(earliest - now + 0.002, self._on_timer)

    def _on_timer(self) -> None:
        with WORLD.lock:
            self._timer = None
            self.advance()


FLEETS: dict[str, Fleet] = {}


def fleet_of(region: str) -> Fleet:
    return FLEETS.setdefault(region, Fleet())


def task_at(address: str) -> Task | None:
    """The task that has an address, private or public."""
    for fleet in FLEETS.values():
        for task in fleet.tasks:
            if task.status != "STOPPED" and address in (task.private_address, task.public_address):
                return task
    return None


def reset_fleets() -> None:
    for fleet in FLEETS.values():
        fleet.close()
    FLEETS.clear()
