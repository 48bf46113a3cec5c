"""What other people have in the same account: traps for whoever goes by names alone."""

import hashlib
import json
import time
from typing import Any

from moto.ecr.models import ecr_backends
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.logs.models import logs_backends
from moto.secretsmanager.models import secretsmanager_backends

from .fleet import fleet_of
from .services import Service
from .world import WORLD, backend

LEGACY_TAGS = {
    "pr": "12",
    "github_user": "maria",
    "showtime_created": "2026-01-01T00-00",
    "showtime_expires": "2026-01-03T00-00",
    "showtime_managed": "true",
}
OTHER_PROJECT = {
    "managed-by": "pulumi-superset",
    "showtime:project": "menagerie",
    "showtime:pull-request": "33",
    "showtime:commit": "1234567" + "0" * 33,
    "showtime:generation": "1",
    "showtime:created": "2026-01-01T00:00:00.000Z",
    "showtime:expires": "2026-01-02T00:00:00.000Z",
    "showtime:time-to-live": "24h",
    "showtime:requester": "maria",
    "showtime:size": "small",
    "showtime:flags": "",
    "showtime:assets": "no",
}
SPECIAL: dict[str, dict[str, str]] = {
    "pr-7-cafe-service": {},
    "pr-2024-report-service": {"team": "finance"},
    "pr-2024-service-report": {},
    "pr-33-1234567": OTHER_PROJECT,
    "pr-34-7654321": {},
    "pr-12-abc1234-service": LEGACY_TAGS,
}
IMAGES = ["latest", "pr-9-latest-ci", "pr-9-1234567", "release-pr-9-1234567-ci"]
STREAMS = ["proxy/nginx/0123456789abcdef0123456789abcdef", "pr-9-report/superset/0123456789abcdef0123456789abcdef"]


def add_other_people(region: str, cluster: str, log_group: str, count: int) -> list[str]:
    """So many services, and some of everything else; answers the names of the services."""
    definition = _define("report-service", region)
    names = [*SPECIAL, *(f"team-{number:03}-service" for number in range(count))][:count]
    for name in names:
        _add_service(region, cluster, name, SPECIAL.get(name, {"team": name[:8]}), definition)
    _define("circus-pr-report", region)
    _add_images(region)
    _add_log_streams(region, log_group)
    _add_secrets(region)
    _add_rules(region)
    return names


def _define(family: str, region: str):
    containers = [{"name": "web", "image": "nginx:1", "portMappings": [{"containerPort": 80}]}]
    definition = backend(ecs_backends, region).register_task_definition(
        family, containers, requires_compatibilities=["FARGATE"], cpu="256", memory="512"
    )
    WORLD.foreign.add(definition.arn)
    return definition


def _add_service(region: str, cluster: str, name: str, tags: dict[str, str], definition: Any) -> None:
    asked = {"desiredCount": 1, "tags": [{"key": key, "value": value} for key, value in tags.items()]}
    service = Service(region, cluster, name, definition, asked)
    service.is_still = True
    service.primary.finish("COMPLETED", "completed", time.time())
    WORLD.foreign.add(service.arn)
    fleet_of(region).add(service)


def _add_images(region: str) -> None:
    ecr = backend(ecr_backends, region)
    for tag in IMAGES:
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        digest = f"sha256:{hashlib.sha256(tag.encode()).hexdigest()}"
        manifest = {"schemaVersion": 2, "mediaType": kind, "layers": [{"mediaType": kind, "size": 1, "digest": digest}]}
        ecr.put_image(WORLD.foundation["imageRepository"], json.dumps(manifest), tag, kind, digest)
        WORLD.foreign.add(f"{WORLD.foundation['imageRepository']}:{tag}")


def _add_log_streams(region: str, group: str) -> None:
    for stream in STREAMS:
        backend(logs_backends, region).ensure_log_stream(group, stream)
        WORLD.foreign.add(stream)


def _add_secrets(region: str) -> None:
    for name, tags in (
        ("menagerie/showtime/pr-33-1234567", OTHER_PROJECT),
        ("circus/showtime/pr-35-1234567", {"team": "finance"}),
        ("pr-36-1234567", {}),
    ):
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        backend(secretsmanager_backends, region).create_secret(name, "{}", None, None, pairs, None, None, [], False)
        WORLD.foreign.add(name)


def _add_rules(region: str) -> None:
    """Behind each listener that there is: one rule of nobody's, one of another project."""
    elb = backend(elbv2_backends, region)
    for balancer in elb.load_balancers.values():
        for listener in balancer.listeners.values():
            for priority, tags in ((1, {}), (2, OTHER_PROJECT)):
                name = f"others-{priority}"
                group = elb.create_target_group(
                    name, protocol="HTTP", port=80, vpc_id=balancer.vpc_id, target_type="ip", healthcheck_protocol="HTTP"
                )
                pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
                rule = elb.create_rule(
                    listener.arn,
                    [{"Field": "host-header", "HostHeaderConfig": {"Values": [f"pr-3{priority}.others.test"]}}],
                    priority,
                    [{"Type": "forward", "TargetGroupArn": group.arn}],
                    pairs,
                )
                if pairs:
                    elb.add_tags([group.arn], pairs)
                WORLD.foreign |= {group.arn, rule.arn}
