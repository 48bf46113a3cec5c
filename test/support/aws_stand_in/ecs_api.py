"""The operations of ECS on services and tasks; clusters and task definitions are moto's."""

import json
import re
import time
from typing import Any

from moto.ecs.exceptions import ECSException
from moto.ecs.models import EC2ContainerServiceBackend, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse

from .ecs_checks import check_network, check_tags, check_target_group, client, invalid, watch_task_definitions
from .fleet import Fleet, fleet_of
from .services import Service
from .task_view import describe_task
from .tasks import Task
from .world import ACCOUNT, WORLD

MOST_DESCRIBED_SERVICES = 10
MOST_DESCRIBED_TASKS = 100
NAME = re.compile(r"^[A-Za-z0-9_-]{1,255}$")


def install() -> None:
    """Puts the operations in the place of moto's."""
    for operation in (
        *(create_service, update_service, delete_service, describe_services, list_services),
        *(list_tasks, describe_tasks, stop_task, run_task),
        *(tag_resource, list_task_definitions, list_task_definition_families),
    ):
        setattr(EC2ContainerServiceResponse, operation.__name__, _locked(operation))
    watch_task_definitions()
    EC2ContainerServiceBackend._get_resource = _find_tagged(EC2ContainerServiceBackend._get_resource)


def _locked(operation):
    def run(response: EC2ContainerServiceResponse):
        with WORLD.lock:
            fleet = fleet_of(response.region)
            fleet.advance()
            answer = operation(response, fleet)
            fleet.advance()
            return answer if not isinstance(answer, dict) else (200, {}, json.dumps(answer))

    run.__name__ = operation.__name__
    return run


def create_service(response: EC2ContainerServiceResponse, fleet: Fleet) -> dict[str, Any]:
    asked = dict(response.params)
    cluster = _cluster(response)
    name = asked["serviceName"]
    if not NAME.match(name):
        raise invalid("Invalid service name: only letters, digits, hyphens and underscores are allowed.")
    check_tags(asked.get("tags"))
    there = fleet.find(cluster, name)
    if there is not None and there.status == "ACTIVE":
        if asked.get("clientToken") and there.asked.get("clientToken") == asked["clientToken"]:
            return {"service": there.describe(with_tags=True)}
        raise invalid("Creation of service was not idempotent.")
    if there is not None and there.status == "DRAINING":
        raise invalid("Unable to Start a service that is still Draining.")
    definition = _active_definition(response, asked["taskDefinition"])
    check_network(response.region, asked.get("networkConfiguration"), definition)
    for balancer in asked.get("loadBalancers") or []:
        check_target_group(response.region, balancer, definition)
    service = Service(response.region, cluster, name, definition, asked)
    fleet.add(service)
    return {"service": service.describe(with_tags=True)}


def update_service(response: EC2ContainerServiceResponse, fleet: Fleet) -> dict[str, Any]:
    service = _service(response, fleet, response.params["service"])
    if service.status != "ACTIVE":
        raise ECSException("ServiceNotActiveException", "Service was not ACTIVE.")
    asked = dict(response.params)
    named = asked.get("taskDefinition")
    definition = _active_definition(response, named) if named else None
    if asked.get("networkConfiguration"):
        check_network(response.region, asked["networkConfiguration"], definition or service.primary.definition)
    service.change(definition, asked)
    fleet.advance()
    return {"service": service.describe(with_tags=True)}


def delete_service(response: EC2ContainerServiceResponse, fleet: Fleet) -> dict[str, Any]:
    service = _service(response, fleet, response.params["service"])
    if service.status == "INACTIVE":
        raise ECSException("ServiceNotFoundException", "Service not found.")
    if service.status == "ACTIVE":
        if service.desired > 0 and not response.params.get("force"):
            raise invalid("The service cannot be stopped while it is scaled above 0.")
        service.drain(time.time())
    return {"service": service.describe(with_tags=True)}


def describe_services(response: EC2ContainerServiceResponse, fleet: Fleet) -> dict[str, Any]:
    cluster = _cluster(response)
    names = response.params.get("services", [])
    if not 0 < len(names) <= MOST_DESCRIBED_SERVICES:
        raise invalid("Services cannot be empty." if not names else "A maximum of 10 services can be described.")
    with_tags = "TAGS" in response.params.get("include", [])
    found = [(name, fleet.find(cluster, name)) for name in names]
    return {
        "services": [service.describe(with_tags=with_tags) for _, service in found if service is not None],
        "failures": [
            {"arn": _service_arn(response.region, cluster, name), "reason": "MISSING"}
            for name, service in found
            if service is None
        ],
    }


def list_services(response: EC2ContainerServiceResponse, fleet: Fleet) -> dict[str, Any]:
    cluster = _cluster(response)
    arns = [
        service.arn for (at, _), service in fleet.services.items() if at == cluster and service.status != "INACTIVE"
    ]
    return _page(response, "serviceArns", sorted(arns), default=10)


def list_tasks(response: EC2ContainerServiceResponse, fleet: Fleet) -> dict[str, Any]:
    cluster = _cluster(response)
    asked = response.params
    tasks = [task for task in fleet.tasks if task.cluster == cluster]
    if asked.get("serviceName"):
        service = fleet.find(cluster, asked["serviceName"])
        if service is None or service.status == "INACTIVE":
            raise ECSException("ServiceNotFoundException", "Service not found.")
        tasks = service.tasks
    if asked.get("family"):
        tasks = [task for task in tasks if task.definition.family == asked["family"]]
    if asked.get("startedBy"):
        tasks = [task for task in tasks if task.started_by == asked["startedBy"]]
    wanted = asked.get("desiredStatus", "RUNNING")
    return _page(response, "taskArns", [task.arn for task in tasks if task.desired == wanted], default=100)


def describe_tasks(response: EC2ContainerServiceResponse, fleet: Fleet) -> dict[str, Any]:
    cluster = _cluster(response)
    names = response.params.get("tasks", [])
    if not 0 < len(names) <= MOST_DESCRIBED_TASKS:
        raise invalid("Tasks cannot be empty." if not names else "A maximum of 100 tasks can be described.")
    with_tags = "TAGS" in response.params.get("include", [])
    found = [(name, _find_task(fleet, cluster, name)) for name in names]
    return {
        "tasks": [describe_task(task, with_tags=with_tags) for _, task in found if task is not None],
        "failures": [{"arn": name, "reason": "MISSING"} for name, task in found if task is None],
    }


def stop_task(response: EC2ContainerServiceResponse, fleet: Fleet) -> dict[str, Any]:
    task = _find_task(fleet, _cluster(response), response.params["task"])
    if task is None:
        raise invalid("The referenced task was not found.")
    task.stop(time.time(), "UserInitiated", response.params.get("reason", "Task stopped by user"))
    return {"task": describe_task(task, with_tags=False)}


def run_task(response: EC2ContainerServiceResponse, fleet: Fleet) -> dict[str, Any]:
    asked = response.params
    cluster = _cluster(response)
    definition = _active_definition(response, asked["taskDefinition"])
    network = asked.get("networkConfiguration") or {}
    check_network(response.region, network, definition)
    tasks = [
        Task(
            response.region,
            cluster,
            definition,
            network,
            group=asked.get("group", f"family:{definition.family}"),
            started_by=asked.get("startedBy", ""),
            tags=asked.get("tags") or [],
        )
        for _ in range(int(asked.get("count", 1)))
    ]
    fleet.single += tasks
    return {"tasks": [describe_task(task, with_tags=True) for task in tasks], "failures": []}


def tag_resource(response: EC2ContainerServiceResponse, fleet: Fleet) -> dict[str, Any]:
    check_tags(response.params["tags"])
    resource_arn = response.params["resourceArn"]
    backend_of_region = response.ecs_backend
    resource = backend_of_region._get_resource(resource_arn, backend_of_region._parse_resource_arn(resource_arn))
    if isinstance(resource, Service) and resource.status == "INACTIVE":
        raise invalid("The specified service is inactive. Specify an active service and try again.")
    backend_of_region.tag_resource(resource_arn, {tag["key"]: tag.get("value", "") for tag in response.params["tags"]})
    return {}


def list_task_definitions(response: EC2ContainerServiceResponse, fleet: Fleet) -> dict[str, Any]:
    asked = response.params
    family, status = asked.get("familyPrefix"), asked.get("status", "ACTIVE")
    definitions = sorted(
        (definition for revisions in response.ecs_backend.task_definitions.values() for definition in revisions.values()),
        key=lambda definition: (definition.family, definition.revision),
        reverse=asked.get("sort") == "DESC",
    )
    arns = [d.arn for d in definitions if family in (None, d.family) and d.status == status]
    return _page(response, "taskDefinitionArns", arns, default=100)


def list_task_definition_families(response: EC2ContainerServiceResponse, fleet: Fleet) -> dict[str, Any]:
    asked = response.params
    prefix, status = asked.get("familyPrefix", ""), asked.get("status", "ALL")
    families = []
    for family, revisions in response.ecs_backend.task_definitions.items():
        is_active = any(definition.status == "ACTIVE" for definition in revisions.values())
        if family.startswith(prefix) and status in ("ALL", "ACTIVE" if is_active else "INACTIVE"):
            families.append(family)
    return _page(response, "families", sorted(families), default=100)


# Finding


def _cluster(response: EC2ContainerServiceResponse) -> str:
    name = response.params.get("cluster", "default").split("/")[-1]
    if name not in response.ecs_backend.clusters:
        raise ECSException("ClusterNotFoundException", "Cluster not found.")
    return name


def _service(response: EC2ContainerServiceResponse, fleet: Fleet, name: str) -> Service:
    service = fleet.find(_cluster(response), name)
    if service is None:
        raise ECSException("ServiceNotFoundException", "Service not found.")
    return service


def _service_arn(region: str, cluster: str, name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:ecs:{region}:{ACCOUNT}:service/{cluster}/{name}"


def _find_task(fleet: Fleet, cluster: str, name: str) -> Task | None:
    return next((task for task in fleet.tasks if task.cluster == cluster and task.id == name.split("/")[-1]), None)


def _active_definition(response: EC2ContainerServiceResponse, name: str) -> TaskDefinition:
    definition = response.ecs_backend.describe_task_definition(name)
    if definition.status != "ACTIVE":
        raise client("TaskDefinition is inactive")
    return definition


def _find_tagged(of_moto):
    def find(backend_of_region: EC2ContainerServiceBackend, arn: str, parsed: dict[str, str]):
        fleet = fleet_of(backend_of_region.region_name)
        if parsed["service"] == "service":
            service = next((service for service in fleet.services.values() if service.arn == arn), None)
            if service is None:
                raise ECSException("ServiceNotFoundException", "Service not found.")
            return service
        if parsed["service"] == "task":
            return next(task for task in fleet.tasks if task.arn == arn)
        return of_moto(backend_of_region, arn, parsed)

    return find


def _page(response: EC2ContainerServiceResponse, name: str, items: list[str], *, default: int) -> dict[str, Any]:
    size = int(response.params.get("maxResults", default))
    if not 1 <= size <= 100:
        raise invalid("maxResults must be between 1 and 100.")
    token = response.params.get("nextToken")
    at = _decode_token(token) if token else 0
    shown: dict[str, Any] = {name: items[at : at + size]}
    if at + size < len(items):
        shown["nextToken"] = f"after-{at + size}"
    return shown


def _decode_token(token: str) -> int:
    if not re.fullmatch(r"after-\d+", token):
        raise invalid("Invalid token.")
    return int(token.removeprefix("after-"))
