"""The way of a request from the outside: rules of load balancers, records of Route 53, and the health of targets."""

import fnmatch
import random
from typing import Any

from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup, elbv2_backends
from moto.route53.models import route53_backends

from .ecs_checks import is_attached, target_groups_of
from .fleet import FLEETS, task_at
from .tasks import Task
from .web import Answer, Request
from .world import ACCOUNT, WORLD, backend

MOST_TAGGED = 20
"""What DescribeTags takes at once."""


def install() -> None:
    FakeTargetGroup.health_for = _health_for
    describe_tags = ELBv2Backend.describe_tags

    def describe_few_tags(elb: ELBv2Backend, resource_arns: list[str]):
        if len(resource_arns) > MOST_TAGGED:
            raise ELBClientError("ValidationError", "The number of resources must be at most 20.")
        return describe_tags(elb, resource_arns)

    ELBv2Backend.describe_tags = describe_few_tags


def _health_for(group: FakeTargetGroup, target: dict[str, Any], ec2: Any) -> FakeHealthStatus:
    """The health of a target is what its web server says."""
    with WORLD.lock:
        advance_all()
        state, reason, text = _judge(group, target["Id"])
        port = target.get("Port", group.port)
        return FakeHealthStatus(target["Id"], port, group.health_check_port, state, reason, text)


def _judge(group: FakeTargetGroup, address: str) -> tuple[str, str | None, str | None]:
    """State, reason and text."""
    if address not in group.targets:
        return "unused", "Target.NotRegistered", "Target is not registered to the target group"
    if not is_attached(group.region_name, group.arn):
        return "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
    task = task_at(address)
    if task is None or not task.is_alive:
        return "unhealthy", "Target.Timeout", "Request timed out"
    if task.is_ready:
        return "healthy", None, None
    if task.status == "RUNNING" and task.image.kind == "never-ready":
        return "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"
    return "initial", "Elb.InitialHealthChecking", "Initial health checks in progress"


def advance_all() -> None:
    for fleet in list(FLEETS.values()):
        fleet.advance()


def route(request: Request) -> Answer:
    """What a person's browser gets who asks for the host of the request."""
    host = request.headers.get("host", "").rsplit(":", 1)[0].lower()
    with WORLD.lock:
        advance_all()
        action = _find_action(host, request.path)
        if action is None:
            task = _task_of_record(host)
            return task.answer(request) if task is not None else Answer(404, b'{"message": "no such host"}')
        if action.get("Type") == "fixed-response":
            said = action["FixedResponseConfig"]
            return Answer(int(said["StatusCode"]), said.get("MessageBody", "").encode(), said.get("ContentType", "text/plain"))
        tasks = _healthy_targets(action)
        if not tasks:
            return Answer(503, b"<h1>503 Service Temporarily Unavailable</h1>", "text/html")
        return random.choice(tasks).answer(request)


def _find_action(host: str, path: str) -> dict[str, Any] | None:
    """The first rule by priority that fits, of any listener; their default actions come last."""
    rules, defaults = [], []
    for region in FLEETS:
        for balancer in backend(elbv2_backends, region).load_balancers.values():
            for listener in balancer.listeners.values():
                rules += [rule for rule in listener.rules.values() if not rule.is_default]
                defaults += [action.data for action in listener.default_actions]
    for rule in sorted(rules, key=lambda rule: int(rule.priority)):
        if all(_fits(condition, host, path) for condition in rule.conditions):
            return rule.actions[-1].data
    if _task_of_record(host) is not None:
        return None
    return defaults[0] if defaults else None


def _fits(condition: dict[str, Any], host: str, path: str) -> bool:
    field = condition["Field"]
    details = condition.get("HostHeaderConfig" if field == "host-header" else "PathPatternConfig") or {}
    patterns = details.get("Values") or condition.get("Values") or []
    value = host if field == "host-header" else path.split("?")[0]
    return any(fnmatch.fnmatchcase(value, pattern.lower() if field == "host-header" else pattern) for pattern in patterns)


def _healthy_targets(action: dict[str, Any]) -> list[Task]:
    found = []
    for arn, weight in target_groups_of(action).items():
        for region in FLEETS:
            group = backend(elbv2_backends, region).target_groups.get(arn)
            if group is None or weight == 0:
                continue
            for address in group.targets:
                task = task_at(address)
                if task is not None and _judge(group, address)[0] == "healthy":
                    found.append(task)
    return found


def _task_of_record(host: str) -> Task | None:
    """The task whose address an A record of the host has."""
    for zone in route53_backends[ACCOUNT]["aws"].zones.values():
        for record in zone.rrsets:
            if record.type == "A" and record.name.rstrip(".").lower() == host:
                for address in record.records:
                    task = task_at(address)
                    if task is not None and task.status == "RUNNING":
                        return task
    return None
