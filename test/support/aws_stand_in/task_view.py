"""A task as AWS shows it."""

from typing import Any

from .tasks import Task
from .world import ACCOUNT


def describe_task(task: Task, *, with_tags: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "taskArn": task.arn,
        "clusterArn": f"arn:aws:ecs:{task.region}:{ACCOUNT}:cluster/{task.cluster}",
        "taskDefinitionArn": task.definition.arn,
        "lastStatus": task.status,
        "desiredStatus": task.desired,
        "healthStatus": task.health,
        "group": task.group,
        "startedBy": task.started_by,
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "cpu": task.definition.cpu,
        "memory": task.definition.memory,
        "createdAt": task.created,
        "attachments": [_describe_attachment(task)],
        "containers": [_describe_container(task)],
        "overrides": {"containerOverrides": [{"name": task.container["name"]}]},
        "tags": task.tags if with_tags else [],
        "version": 1,
    }
    for name, moment in (
        ("startedAt", task.started),
        ("stoppingAt", task.stopping),
        ("stoppedAt", task.stopped),
    ):
        if moment is not None:
            shown[name] = moment
    if task.stop_code:
        shown["stopCode"] = task.stop_code
        shown["stoppedReason"] = task.stopped_reason
    return shown


def _describe_attachment(task: Task) -> dict[str, Any]:
    if task.interface is None:
        return {"id": task.attachment, "type": "ElasticNetworkInterface", "status": "PRECREATED", "details": []}
    details = {
        "subnetId": task.interface.subnet.id,
        "networkInterfaceId": task.interface.id,
        "macAddress": task.interface.mac_address,
        "privateIPv4Address": task.interface.private_ip_address,
    }
    return {
        "id": task.attachment,
        "type": "ElasticNetworkInterface",
        "status": "DELETED" if task.status == "STOPPED" else "ATTACHED",
        "details": [{"name": name, "value": value} for name, value in details.items()],
    }


def _describe_container(task: Task) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "containerArn": f"{task.arn.replace(':task/', ':container/')}/{task.container['name']}",
        "taskArn": task.arn,
        "name": task.container["name"],
        "image": task.container["image"],
        "lastStatus": task.status if task.status in ("PENDING", "RUNNING", "STOPPED") else "PENDING",
        "healthStatus": task.health,
        "networkInterfaces": [{"attachmentId": task.attachment, "privateIpv4Address": task.private_address}]
        if task.interface
        else [],
    }
    if task.digest:
        shown["imageDigest"] = task.digest
    if task.exit_code is not None:
        shown["exitCode"] = task.exit_code
    if task.container_reason:
        shown["reason"] = task.container_reason
    return shown
