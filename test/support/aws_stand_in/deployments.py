"""One rollout of a service: the tasks of one task definition."""

import time
from typing import Any

from moto.ecs.models import TaskDefinition
from moto.moto_api._internal import mock_random

from .tasks import Task


class Deployment:
    def __init__(self, definition: TaskDefinition, network: dict[str, Any], desired: int) -> None:
        self.id = f"ecs-svc/{mock_random.randint(10**18, 10**19 - 1)}"
        self.definition = definition
        self.network = network
        self.desired = desired
        self.status = "PRIMARY"
        self.rollout = "IN_PROGRESS"
        self.reason = f"ECS deployment {self.id} in progress."
        self.failed_tasks = 0
        self.not_before = 0.0
        """ECS waits ever longer between the tasks of a crash loop."""
        self.created = self.updated = time.time()
        self.tasks: list[Task] = []

    @property
    def alive(self) -> list[Task]:
        return [task for task in self.tasks if task.is_alive]

    @property
    def running(self) -> int:
        return sum(task.status == "RUNNING" for task in self.alive)

    def finish(self, rollout: str, reason: str, now: float) -> None:
        self.rollout = rollout
        self.reason = reason
        self.updated = now

    def describe(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "status": self.status,
            "taskDefinition": self.definition.arn,
            "desiredCount": self.desired,
            "runningCount": self.running,
            "pendingCount": len(self.alive) - self.running,
            "failedTasks": self.failed_tasks,
            "createdAt": self.created,
            "updatedAt": self.updated,
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "networkConfiguration": self.network,
            "rolloutState": self.rollout,
            "rolloutStateReason": self.reason,
        }
