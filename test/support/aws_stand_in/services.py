"""ECS services: deployments that start and stop tasks until there are as many as wanted."""

import math
import time
from typing import Any

from moto.ecs.models import TaskDefinition
from moto.elbv2.models import elbv2_backends
from moto.moto_api._internal import mock_random

from .deployments import Deployment
from .tasks import Task
from .world import ACCOUNT, WORLD, backend

EVENTS_KEPT = 100
LEAST_FAILURES = 3
"""The circuit breaker opens after as many failed tasks at least, as on AWS."""


class Service:
    def __init__(self, region: str, cluster: str, name: str, definition: TaskDefinition, asked: dict[str, Any]) -> None:
        self.region = region
        self.cluster = cluster
        self.name = name
        self.asked = asked
        self.arn = f"arn:aws:ecs:{region}:{ACCOUNT}:service/{cluster}/{name}"
        self.status = "ACTIVE"
        self.desired = int(asked.get("desiredCount", 1))
        self.network = asked.get("networkConfiguration") or {}
        self.tags: list[dict[str, str]] = asked.get("tags") or []
        self.created = time.time()
        self.is_still = False
        """Whether it is only there to be seen: of other people, without tasks."""
        self.events: list[dict[str, Any]] = []
        self.ended: list[Task] = []
        """Tasks of deployments that are no more."""
        self.deployments = [Deployment(definition, self.network, self.desired)]

    # What is asked

    @property
    def primary(self) -> Deployment:
        return self.deployments[0]

    @property
    def tasks(self) -> list[Task]:
        return self.ended + [task for deployment in self.deployments for task in deployment.tasks]

    @property
    def _configuration(self) -> dict[str, Any]:
        return {
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
            **(self.asked.get("deploymentConfiguration") or {}),
        }

    # What is ordered

    def change(self, definition: TaskDefinition | None, asked: dict[str, Any]) -> None:
        """UpdateService: another task definition, another network or force make a new deployment."""
        for name in ("deploymentConfiguration", "healthCheckGracePeriodSeconds", "loadBalancers"):
            if asked.get(name) is not None:
                self.asked = {**self.asked, name: asked[name]}
        if asked.get("desiredCount") is not None:
            self.desired = self.primary.desired = int(asked["desiredCount"])
        is_other = definition is not None and definition.arn != self.primary.definition.arn
        network = asked.get("networkConfiguration")
        if not (is_other or network or asked.get("forceNewDeployment")):
            return
        self.network = network or self.network
        self._begin(Deployment(definition or self.primary.definition, self.network, self.desired))

    def drain(self, now: float) -> None:
        self.status = "DRAINING"
        self.desired = 0
        for deployment in self.deployments:
            deployment.desired = 0
        self._stop(self._alive, now)

    # What happens by the time

    def advance(self, now: float) -> bool:
        if self.status == "INACTIVE":
            return False
        changed = self._count_failures(now)
        if self.status == "DRAINING":
            return self._end_if_drained() or changed
        if self.status != "ACTIVE" or self.is_still:
            return changed
        changed = self._start_missing(now) or changed
        changed = self._stop_surplus(now) or changed
        changed = self._forget_old() or changed
        return self._complete(now) or changed

    def next_moment(self) -> float | None:
        """When a deployment may be complete, or start another task."""
        if self.status != "ACTIVE" or self.primary.rollout != "IN_PROGRESS":
            return None
        if not self.primary.alive:
            return self.primary.not_before
        return max((task.started or 0 for task in self.primary.alive), default=0) + WORLD.times.steady

    @property
    def _alive(self) -> list[Task]:
        return [task for deployment in self.deployments for task in deployment.alive]

    def _begin(self, deployment: Deployment) -> None:
        for other in self.deployments:
            other.status = "ACTIVE"
        self.deployments.insert(0, deployment)

    def _count_failures(self, now: float) -> bool:
        changed = False
        for deployment in list(self.deployments):
            for task in deployment.tasks:
                if not task.has_failed or task.deployment is None:
                    continue
                task.deployment = None  # counted
                changed = True
                self._deregister(task)
                self.tell(f"has stopped 1 running tasks: (task {task.id}). {task.stopped_reason}")
                if deployment.rollout == "IN_PROGRESS":
                    deployment.failed_tasks += 1
                    if deployment.failed_tasks >= LEAST_FAILURES:
                        deployment.not_before = now + min(60, WORLD.times.boot * 2**deployment.failed_tasks)
                    self._break(deployment, now)
        return changed

    def _break(self, deployment: Deployment, now: float) -> None:
        breaker = self._configuration.get("deploymentCircuitBreaker") or {}
        if not breaker.get("enable") or deployment.failed_tasks < max(LEAST_FAILURES, math.ceil(self.desired / 2)):
            return
        reason = "ECS deployment circuit breaker: tasks failed to start."
        deployment.finish("FAILED", reason, now)
        deployment.desired = 0
        self.tell(f"(deployment {deployment.id}) deployment failed: tasks failed to start.")
        former = next((other for other in self.deployments if other.rollout == "COMPLETED"), None)
        if breaker.get("rollback") and former is not None:
            self.tell(f"rolling back to deployment {former.id}.")
            self._begin(Deployment(former.definition, former.network, self.desired))

    def _start_missing(self, now: float) -> bool:
        deployment = self.primary
        if deployment.rollout == "FAILED" or now < deployment.not_before:
            return False
        most = max(1, math.floor(self.desired * self._configuration["maximumPercent"] / 100))
        missing = min(self.desired - len(deployment.alive), most - len(self._alive))
        started = [self._make_task(deployment) for _ in range(max(0, missing))]
        deployment.tasks += started
        if started:
            self.tell(f"has started {len(started)} tasks: {' '.join(f'(task {task.id})' for task in started)}.")
        return bool(started)

    def _make_task(self, deployment: Deployment) -> Task:
        tags = {"SERVICE": self.tags, "TASK_DEFINITION": deployment.definition.tags}
        return Task(
            self.region,
            self.cluster,
            deployment.definition,
            deployment.network,
            group=f"service:{self.name}",
            started_by=deployment.id,
            tags=[dict(tag) for tag in tags.get(self.asked.get("propagateTags", "NONE"), [])],
            deployment=deployment,
        )

    def _stop_surplus(self, now: float) -> bool:
        """Old tasks stop as soon as enough others are up: where none is checked, that means merely running."""
        surplus = self.primary.alive[self.desired :]
        up = [task for task in self._alive if self.is_up(task)]
        least = math.ceil(self.desired * self._configuration["minimumHealthyPercent"] / 100)
        free = len(up) - len([task for task in surplus if task in up]) - least
        if self.primary.rollout != "FAILED":
            for deployment in self.deployments[1:]:
                for task in deployment.alive:
                    if task not in up:
                        surplus.append(task)
                    elif free > 0:
                        surplus.append(task)
                        free -= 1
        self._stop(surplus, now)
        return bool(surplus)

    def is_up(self, task: Task) -> bool:
        """Whether ECS counts it as up: behind a load balancer its target must be healthy too."""
        return task.is_up and (task.is_ready or not self.asked.get("loadBalancers"))

    def _stop(self, tasks: list[Task], now: float) -> None:
        for task in tasks:
            self._deregister(task)
            task.stop(now, "ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {task.started_by})")
            self.tell(f"has stopped 1 running tasks: (task {task.id}).")

    def _forget_old(self) -> bool:
        """A deployment without tasks goes; a failed one stays until another takes its place."""
        old = [deployment for deployment in self.deployments[1:] if not deployment.alive]
        for deployment in old:
            self.ended += deployment.tasks
            self.deployments.remove(deployment)
        return bool(old)

    def _complete(self, now: float) -> bool:
        self._register_targets()
        deployment = self.primary
        if deployment.rollout != "IN_PROGRESS" or len(self.deployments) > 1:
            return False
        up = [task for task in deployment.alive if self.is_up(task)]
        if len(up) < self.desired or any(not _is_steady(task, now) for task in up):
            return False
        deployment.finish("COMPLETED", f"ECS deployment {deployment.id} completed.", now)
        self.tell(f"(deployment {deployment.id}) deployment completed.")
        self.tell("has reached a steady state.")
        return True

    def _end_if_drained(self) -> bool:
        if any(task.status != "STOPPED" for task in self.tasks):
            return False
        self.status = "INACTIVE"
        return True

    # Targets of load balancers

    def _register_targets(self) -> None:
        for group, port in self._target_groups():
            known = [task for task in self._alive if task.status == "RUNNING" and task.private_address]
            for task in known:
                if task.private_address not in group.targets:
                    group.register([{"Id": task.private_address, "Port": port}])

    def _deregister(self, task: Task) -> None:
        for group, _ in self._target_groups():
            if task.private_address in group.targets:
                group.deregister([{"Id": task.private_address}])

    def _target_groups(self):
        groups = backend(elbv2_backends, self.region).target_groups
        for asked in self.asked.get("loadBalancers") or []:
            group = groups.get(asked.get("targetGroupArn"))
            if group is not None:
                yield group, asked["containerPort"]

    # As AWS shows it

    def tell(self, text: str) -> None:
        event = {"id": str(mock_random.uuid4()), "createdAt": time.time(), "message": f"(service {self.name}) {text}"}
        self.events = [event, *self.events][:EVENTS_KEPT]

    def describe(self, *, with_tags: bool) -> dict[str, Any]:
        running = sum(deployment.running for deployment in self.deployments)
        shown = {
            "serviceArn": self.arn,
            "serviceName": self.name,
            "clusterArn": f"arn:aws:ecs:{self.region}:{ACCOUNT}:cluster/{self.cluster}",
            "status": self.status,
            "desiredCount": self.desired,
            "runningCount": running,
            "pendingCount": len(self._alive) - running,
            "launchType": "FARGATE",
            "platformVersion": self.asked.get("platformVersion", "LATEST"),
            "platformFamily": "Linux",
            "taskDefinition": self.primary.definition.arn,
            "deploymentConfiguration": self._configuration,
            "deployments": [deployment.describe() for deployment in self.deployments if self.status != "INACTIVE"],
            "events": self.events,
            "createdAt": self.created,
            "createdBy": f"arn:aws:iam::{ACCOUNT}:root",
            "networkConfiguration": self.network,
            "loadBalancers": self.asked.get("loadBalancers") or [],
            "serviceRegistries": [],
            "healthCheckGracePeriodSeconds": int(self.asked.get("healthCheckGracePeriodSeconds") or 0),
            "schedulingStrategy": "REPLICA",
            "enableECSManagedTags": bool(self.asked.get("enableECSManagedTags", False)),
            "enableExecuteCommand": bool(self.asked.get("enableExecuteCommand", False)),
            "propagateTags": self.asked.get("propagateTags", "NONE"),
        }
        return {**shown, "tags": self.tags} if with_tags else shown


def _is_steady(task: Task, now: float) -> bool:
    return task.has_health_check or now >= (task.started or now) + WORLD.times.steady
