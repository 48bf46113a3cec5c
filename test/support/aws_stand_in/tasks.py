"""One task: from PROVISIONING to STOPPED, with a network interface, an address, a web server and a log stream."""

import json
import time
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ecs.models import TaskDefinition
from moto.ecr.models import ecr_backends
from moto.logs.models import logs_backends
from moto.moto_api._internal import mock_random
from moto.secretsmanager.models import secretsmanager_backends

from .web import Answer, Request, WebServer
from .world import ACCOUNT, WORLD, Image, backend

DEFAULT_PORT = 8080


class Task:
    def __init__(
        self,
        region: str,
        cluster: str,
        definition: TaskDefinition,
        network: dict[str, Any],
        *,
        group: str,
        started_by: str,
        tags: list[dict[str, str]],
        deployment: Any = None,
    ) -> None:
        self.region = region
        self.cluster = cluster
        self.definition = definition
        self.network = network
        self.group = group
        self.started_by = started_by
        self.tags = tags
        self.deployment = deployment
        self.id = mock_random.get_random_hex(32)
        self.arn = f"arn:aws:ecs:{region}:{ACCOUNT}:task/{cluster}/{self.id}"
        self.attachment = str(mock_random.uuid4())
        self.status = "PROVISIONING"
        self.desired = "RUNNING"
        self.health = "UNKNOWN"
        self.is_ready = False
        self.has_failed = False
        self.created = time.time()
        self.started: float | None = None
        self.stopping: float | None = None
        self.stopped: float | None = None
        self.stop_code = ""
        self.stopped_reason = ""
        self.exit_code: int | None = None
        self.container_reason = ""
        self.digest = ""
        self.image = Image()
        self.interface: Any = None
        self.server: WebServer | None = None

    # What is asked

    @property
    def container(self) -> dict[str, Any]:
        return self.definition.container_definitions[0]

    @property
    def port(self) -> int:
        mappings = self.container.get("portMappings") or [{}]
        return int(mappings[0].get("containerPort", DEFAULT_PORT))

    @property
    def has_health_check(self) -> bool:
        return bool(self.container.get("healthCheck"))

    @property
    def is_alive(self) -> bool:
        return self.desired == "RUNNING"

    @property
    def is_up(self) -> bool:
        """Whether ECS counts it as up: it runs, and is healthy where that is checked."""
        return self.is_alive and self.status == "RUNNING" and (not self.has_health_check or self.health == "HEALTHY")

    @property
    def private_address(self) -> str | None:
        return self.interface.private_ip_address if self.interface else None

    @property
    def public_address(self) -> str | None:
        return self.interface.public_ip if self.interface else None

    # What happens by the time

    def advance(self, now: float) -> bool:
        """One step, if its time has come."""
        times = WORLD.times
        if self.status == "PROVISIONING" and now >= self.created + times.boot / 3:
            self._attach()
        elif self.status == "PENDING" and now >= self.created + times.boot:
            self._start(now)
        elif self.status == "RUNNING" and self.image.kind == "crashes" and now >= self._running_since + times.crash:
            self._log(f"Traceback (most recent call last):\nRuntimeError: {self.container['name']} cannot start")
            self.exit_code = 1
            self.fail(now, "EssentialContainerExited", "Essential container in task exited")
        elif self._becomes_ready(now):
            self._get_ready()
        elif self._is_given_up(now):
            self.health = "UNHEALTHY"
            self.fail(now, "ServiceSchedulerInitiated", f"Task failed container health checks (container {self.id[:8]})")
        elif self.stopping is not None and self.status != "STOPPED" and now >= self.stopping + times.drain:
            self._end(now)
        else:
            return False
        return True

    def next_moment(self) -> float | None:
        """When there may be something to do again."""
        times = WORLD.times
        if self.status == "STOPPED":
            return None
        if self.stopping is not None:
            return self.stopping + times.drain
        if self.status == "PROVISIONING":
            return self.created + times.boot / 3
        if self.status == "PENDING":
            return self.created + times.boot
        if self.image.kind == "crashes":
            return self._running_since + times.crash
        if not self.is_ready and self.image.kind == "slow":
            return self._running_since + self.image.seconds
        return self._running_since + self._patience if self.has_health_check and not self.is_ready else None

    def stop(self, now: float, code: str, reason: str) -> None:
        """Orders it to stop: no request reaches it any more."""
        if not self.is_alive:
            return
        self.desired = "STOPPED"
        self.status = "DEPROVISIONING"
        self.stopping = now
        self.stop_code = code
        self.stopped_reason = reason
        self.is_ready = False
        if self.server is not None:
            self.server.close()

    def fail(self, now: float, code: str, reason: str) -> None:
        self.has_failed = True
        self.stop(now, code, reason)

    def answer(self, request: Request) -> Answer:
        """What its web server says to any path."""
        if not self.is_ready:
            return Answer(503, b'{"message": "not ready"}')
        container = self.container
        said = {
            "service": self.group.removeprefix("service:"),
            "taskDefinition": self.definition.arn,
            "task": self.arn,
            "image": container["image"],
            "environment": {pair["name"]: pair["value"] for pair in container.get("environment", [])},
            "secrets": [pair["name"] for pair in container.get("secrets") or []],
            "path": request.path,
        }
        return Answer(200, json.dumps(said).encode())

    # Steps

    @property
    def _running_since(self) -> float:
        return self.started or self.created

    @property
    def _patience(self) -> float:
        check = self.container.get("healthCheck") or {}
        return check.get("startPeriod", 0) + check.get("interval", 30) * check.get("retries", 3)

    def _becomes_ready(self, now: float) -> bool:
        if self.status != "RUNNING" or self.is_ready or self.image.kind in ("crashes", "never-ready"):
            return False
        return now >= self._running_since + self.image.seconds

    def _is_given_up(self, now: float) -> bool:
        return (
            self.status == "RUNNING"
            and self.has_health_check
            and not self.is_ready
            and now >= self._running_since + self._patience
        )

    def _attach(self) -> None:
        """A network interface, as a task has it before its container runs."""
        self.status = "PENDING"
        ec2 = backend(ec2_backends, self.region)
        network = self.network.get("awsvpcConfiguration", {})
        chosen = (network.get("subnets") or [next(iter(ec2.describe_subnets())).id])[0]
        self.interface = ec2.create_network_interface(
            subnet=chosen,
            private_ip_address=WORLD.next_private_address(ec2.get_subnet(chosen).cidr_block),
            group_ids=network.get("securityGroups", []),
            description=f"arn:aws:ecs:{self.region}:{ACCOUNT}:attachment/{self.attachment}",
        )
        self.interface.status = "in-use"
        self.interface.requester_managed = True
        if network.get("assignPublicIp") == "ENABLED":
            self.server = WORLD.addresses.allocate(self.port)
            self.interface.public_ip = self.server.host

    def _start(self, now: float) -> None:
        reason = self._find_missing_resource() or self._pull()
        if reason is not None:
            self.fail(now, "TaskFailedToStart", reason)
            self.container_reason = reason
            return
        self.status = "RUNNING"
        self.started = now
        self._log(f"{self.container['name']} starts with {self.container['image']}")
        if self.image.kind == "never-ready" and self.server is not None:
            self.server.open(self.answer)

    def _get_ready(self) -> None:
        self.is_ready = True
        if self.has_health_check:
            self.health = "HEALTHY"
        self._log("ready: listening")
        if self.server is not None:
            self.server.open(self.answer)

    def _end(self, now: float) -> None:
        self.status = "STOPPED"
        self.stopped = now
        if self.exit_code is None and self.started is not None:
            self.exit_code = 143  # ended by SIGTERM
        if self.interface is not None:
            backend(ec2_backends, self.region).enis.pop(self.interface.id, None)

    def _pull(self) -> str | None:
        reference = self.container["image"]
        registry = f"{ACCOUNT}.dkr.ecr.{self.region}.amazonaws.com/"
        if not reference.startswith(registry):
            self.image = WORLD.images.get(reference, Image())
            self.digest = "sha256:" + "0" * 64
            return _say_not_found(reference) if self.image.kind == "missing" else None
        name = reference.removeprefix(registry)
        repository, _, rest = name.partition("@") if "@" in name else name.rpartition(":")
        stored = backend(ecr_backends, self.region).repositories.get(repository)
        for image in stored.images if stored else []:
            if rest in image.image_tags or rest == image.get_image_digest():
                self.digest = image.get_image_digest()
                self.image = WORLD.images.get(self.digest, Image())
                return None
        return _say_not_found(reference)

    def _find_missing_resource(self) -> str | None:
        secrets = backend(secretsmanager_backends, self.region).secrets
        for pair in self.container.get("secrets") or []:
            parts = pair["valueFrom"].split(":")
            arn, key = ":".join(parts[:7]), parts[7] if len(parts) > 7 else ""
            secret = secrets.get(arn)
            problem = None
            if secret is None or secret.is_deleted():
                problem = "ResourceNotFoundException: Secrets Manager can't find the specified secret."
            elif key and key not in json.loads(secret.versions[secret.default_version_id]["secret_string"]):
                problem = f"retrieved secret from Secrets Manager did not contain json key {key}"
            if problem is not None:
                return (
                    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
                    f"failed: unable to retrieve secret from asm: {problem} {arn}"
                )
        group = self._log_options.get("awslogs-group")
        if group and group not in self._logs.groups:
            return (
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
                "failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist."
            )
        return None

    # Logs

    @property
    def _log_options(self) -> dict[str, str]:
        configuration = self.container.get("logConfiguration") or {}
        return configuration.get("options", {}) if configuration.get("logDriver") == "awslogs" else {}

    @property
    def _logs(self):
        return backend(logs_backends, self._log_options.get("awslogs-region", self.region))

    def _log(self, text: str) -> None:
        group = self._log_options.get("awslogs-group")
        if group not in self._logs.groups:
            return
        stream = f"{self._log_options.get('awslogs-stream-prefix', 'ecs')}/{self.container['name']}/{self.id}"
        self._logs.ensure_log_stream(group, stream)
        moment = int(time.time() * 1000)
        events = [{"timestamp": moment, "message": line} for line in text.split("\n")]
        self._logs.groups[group].streams[stream].put_log_events(events)


def _say_not_found(reference: str) -> str:
    return (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
        f"{reference}: {reference}: not found"
    )
