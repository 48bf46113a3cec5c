"""What there is, by kind: of environments, or of other people."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from moto.ecr.models import ecr_backends
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.logs.models import logs_backends
from moto.route53.models import route53_backends
from moto.secretsmanager.models import secretsmanager_backends

from .fleet import FLEETS
from .world import ACCOUNT, WORLD, backend

Names = Iterator[tuple[str, str]]
"""What identifies something for sure, and its name for people."""


def list_remains(*, foreign: bool) -> dict[str, list[str]]:
    """What other people made is told apart by a mark of ours, never by names or tags: those are what is tested."""
    kinds: dict[str, Callable[[str], Names]] = {
        "services": _services,
        "tasks": _tasks,
        "taskDefinitions": _task_definitions,
        "images": _images,
        "secrets": _secrets,
        "logStreams": _log_streams,
        "targetGroups": _target_groups,
        "rules": _rules,
        "records": _records,
    }
    return {
        kind: sorted(name for region in FLEETS for id_, name in look(region) if (id_ in WORLD.foreign) == foreign)
        for kind, look in kinds.items()
    }


def _services(region: str) -> Names:
    for service in FLEETS[region].services.values():
        if service.status != "INACTIVE":
            yield service.arn, service.name


def _tasks(region: str) -> Names:
    for task in FLEETS[region].tasks:
        if task.status != "STOPPED":
            service = f"arn:aws:ecs:{region}:{ACCOUNT}:service/{task.cluster}/{task.group.removeprefix('service:')}"
            yield service if service in WORLD.foreign else task.arn, task.arn


def _task_definitions(region: str) -> Names:
    for revisions in backend(ecs_backends, region).task_definitions.values():
        for definition in revisions.values():
            if definition.status == "ACTIVE":
                yield definition.arn, f"{definition.family}:{definition.revision}"


def _images(region: str) -> Names:
    for repository in backend(ecr_backends, region).repositories.values():
        for image in repository.images:
            for tag in image.image_tags or [image.get_image_digest()]:
                yield f"{repository.name}:{tag}", tag


def _secrets(region: str) -> Names:
    for secret in dict.values(backend(secretsmanager_backends, region).secrets):
        if not secret.is_deleted():
            yield secret.name, secret.name


def _log_streams(region: str) -> Names:
    for group in backend(logs_backends, region).groups.values():
        for stream in group.streams:
            yield stream, stream


def _target_groups(region: str) -> Names:
    for group in backend(elbv2_backends, region).target_groups.values():
        yield group.arn, group.name


def _rules(region: str) -> Names:
    for balancer in backend(elbv2_backends, region).load_balancers.values():
        for listener in balancer.listeners.values():
            for rule in listener.rules.values():
                if not rule.is_default:
                    yield rule.arn, " ".join(hosts_of(rule.conditions)) or rule.arn


def _records(_region: str) -> Names:
    for zone in route53_backends[ACCOUNT]["aws"].zones.values():
        for record in zone.rrsets:
            if record.type not in ("NS", "SOA"):
                yield record.name, record.name


def hosts_of(conditions: list[dict]) -> list[str]:
    hosts: list[str] = []
    for condition in conditions:
        if condition["Field"] == "host-header":
            hosts += (condition.get("HostHeaderConfig") or {}).get("Values") or condition.get("Values") or []
    return hosts


def make_older(hours: float) -> None:
    """Everything, as if it had been made so much earlier: also what tags say of beginning and end."""
    seconds = hours * 3600
    for region, fleet in FLEETS.items():
        for service in [*fleet.services.values(), *fleet.former]:
            service.created -= seconds
            _shift_tags(service.tags, hours)
            for deployment in service.deployments:
                deployment.created -= seconds
                deployment.updated -= seconds
        for revisions in backend(ecs_backends, region).task_definitions.values():
            for definition in revisions.values():
                definition.registered_at -= seconds
                _shift_tags(definition.tags, hours)
        for repository in backend(ecr_backends, region).repositories.values():
            for image in repository.images:
                image.image_pushed_at -= int(seconds)
        for secret in dict.values(backend(secretsmanager_backends, region).secrets):
            secret.created_date -= int(seconds)
            _shift_tags(secret.tags or [], hours)
        for group in backend(logs_backends, region).groups.values():
            for stream in group.streams.values():
                stream.creation_time -= timedelta(seconds=seconds)
        _shift_balancer_tags(region, hours)


def _shift_balancer_tags(region: str, hours: float) -> None:
    tagging = backend(elbv2_backends, region).tagging_service
    for arn, pairs in tagging.tags.items():
        tagging.tags[arn] = {key: _earlier(value, hours) for key, value in pairs.items()}


def _shift_tags(tags: list[dict[str, str]], hours: float) -> None:
    for tag in tags:
        name = "value" if "value" in tag else "Value"
        if tag.get(name):
            tag[name] = _earlier(tag[name], hours)


def _earlier(text: str, hours: float) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return text
    if "T" not in text:
        return text
    return (moment - timedelta(hours=hours)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
