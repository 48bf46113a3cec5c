"""What the tests order, over HTTP: POST /stand-in/<order> with JSON."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from moto.core.base_backend import BackendDict
from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.logs.models import logs_backends
from moto.route53.models import route53_backends
from moto.s3.models import s3_backends

from .fleet import FLEETS, fleet_of, reset_fleets
from .inventory import list_remains, make_older
from .others import add_other_people
from .services import Service
from .world import ACCOUNT, WORLD, Image, backend

Order = dict[str, Any]

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"

_on_reset: list[Callable[[], None]] = []
_balancer_port = 80


def on_reset(work: Callable[[], None]) -> None:
    _on_reset.append(work)


def note_balancer(port: int) -> None:
    global _balancer_port
    _balancer_port = port


def lay_foundation(order: Order) -> dict[str, Any]:
    """What `stacks/foundation` makes; answers the settings that belong to it."""
    region, project = order["region"], order["project"]
    ec2 = backend(ec2_backends, region)
    vpc = next(vpc for vpc in ec2.vpcs.values() if vpc.is_default)
    subnets = [subnet.id for subnet in ec2.describe_subnets(filters={"vpc-id": [vpc.id]})][:2]
    group = ec2.create_security_group(f"{project}-showtime", "environments", vpc_id=vpc.id, force=True)
    names = {"cluster": f"{project}-showtime", "imageRepository": f"{project}-showtime", "logGroup": f"/{project}/showtime"}
    ecs, ecr, logs = (backend(each, region) for each in (ecs_backends, ecr_backends, logs_backends))
    fleet_of(region)
    if names["cluster"] not in ecs.clusters:
        ecs.create_cluster(names["cluster"])
        ecr.create_repository(names["imageRepository"], None, None, None, "MUTABLE", [{"Key": "showtime:project", "Value": project}])
        logs.create_log_group(names["logGroup"], {"showtime:project": project})
    WORLD.foundation = {"region": region, **names}
    return {
        **{"project": project, "region": region, **names},
        "subnets": subnets,
        "securityGroups": [group.id],
        "executionRole": f"arn:aws:iam::{ACCOUNT}:role/{project}-showtime-execution",
        **({"address": _lay_address(order, vpc.id, subnets, group.id)} if order.get("address") else {}),
    }


def _lay_address(order: Order, vpc: str, subnets: list[str], group: str) -> dict[str, Any]:
    region, domain = order["region"], order["domain"]
    if order["address"] == "record":
        zone = backend(route53_backends, "aws").create_hosted_zone(name=domain, private_zone=False)
        return {"kind": "record", "zone": zone.id, "domain": domain}
    elb = backend(elbv2_backends, region)
    balancer = elb.create_load_balancer(f"{order['project']}-showtime", [group], subnets, loadbalancer_type="application")
    listener = elb.create_listener(
        balancer.arn,
        "HTTP",
        _balancer_port,
        None,
        None,
        [
            {
                "Type": "fixed-response",
                "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no environment"},
            }
        ],
    )
    return {"kind": "load-balancer", "listener": listener.arn, "vpc": vpc, "domain": domain}


def push_image(order: Order) -> dict[str, str]:
    """An image in the registry, and what a container of it does."""
    name, region = order["tag"], order["region"]
    image = Image(order["kind"], order.get("milliseconds", 0) / 1000)
    if "/" in name:
        WORLD.images[name] = image
        return {}
    repository = order.get("repository", WORLD.foundation["imageRepository"])
    ecr = backend(ecr_backends, region)
    if image.kind == "missing":
        ecr.batch_delete_image(repository, None, [{"imageTag": name}])
        return {}
    content = f"{repository}:{name}:{time.time_ns()}"
    digest = f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
    layer = {"mediaType": MANIFEST_TYPE, "size": 1000, "digest": digest}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": layer, "layers": [layer]}
    ecr.put_image(repository, json.dumps(manifest), name, MANIFEST_TYPE, digest)
    WORLD.images[digest] = image
    return {"digest": digest}


def restart_task(order: Order) -> None:
    """As Fargate does it when it retires a machine: another task takes its place, with another address."""
    for task in _service(order).primary.alive:
        task.stop(time.time(), "ServiceSchedulerInitiated", "Task stopped for infrastructure maintenance")


def scale(order: Order) -> None:
    _service(order).change(None, {"desiredCount": order["count"]})


def delete_service(order: Order) -> None:
    _service(order).drain(time.time())


def add_foreign_services(order: Order) -> list[str]:
    made = WORLD.foundation
    return add_other_people(made["region"], made["cluster"], made["logGroup"], order["count"])


def make_bucket(order: Order) -> None:
    """For the state of Pulumi."""
    s3 = backend(s3_backends, "aws")
    if order["name"] not in s3.buckets:
        s3.create_bucket(order["name"], order["region"])


def set_times(order: Order) -> None:
    WORLD.times = replace(WORLD.times, **order["times"])


def reset(_order: Order) -> None:
    reset_fleets()
    WORLD.times = WORLD.usual_times
    WORLD.images.clear()
    WORLD.foreign.clear()
    BackendDict.reset()
    for work in _on_reset:
        work()


def _service(order: Order) -> Service:
    for fleet in FLEETS.values():
        for service in fleet.services.values():
            if service.name == order["service"] and service.status != "INACTIVE":
                return service
    raise LookupError(f"there is no service {order['service']}")


def _locked(order: Callable[[Order], Any]) -> Callable[[Order], Any]:
    def run(asked: Order) -> Any:
        with WORLD.lock:
            for fleet in list(FLEETS.values()):
                fleet.advance()
            said = order(asked)
            for fleet in list(FLEETS.values()):
                fleet.advance()
            return said

    return run


ORDERS = {
    "foundation": _locked(lay_foundation),
    "push-image": _locked(push_image),
    "restart-task": _locked(restart_task),
    "scale": _locked(scale),
    "delete-service": _locked(delete_service),
    "add-foreign-services": _locked(add_foreign_services),
    "remains": _locked(lambda order: list_remains(foreign=order["foreign"])),
    "age": _locked(lambda order: make_older(order["hours"])),
    "make-bucket": _locked(make_bucket),
    "times": _locked(set_times),
    "reset": _locked(reset),
}
