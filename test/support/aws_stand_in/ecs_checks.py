"""What ECS refuses: wrong definitions, tags, networks and target groups."""

import re
import time
from typing import Any

from moto.ec2.exceptions import InvalidSubnetIdError
from moto.ec2.models import ec2_backends
from moto.ecs.exceptions import ECSException
from moto.ecs.models import TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import elbv2_backends

from .world import WORLD, backend

TAG = re.compile(r"^[\w\s.:/=+\-@]*$", re.ASCII)

FARGATE = {256: (512, 2048), 512: (1024, 4096), 1024: (2048, 8192), 2048: (4096, 16384), 4096: (8192, 30720)}
FARGATE |= {8192: (16384, 61440), 16384: (32768, 122880)}
"""Memory that Fargate has for so many units of processor."""


def watch_task_definitions() -> None:
    """Registering checks what Fargate does, and notes when it was."""
    register = EC2ContainerServiceResponse.register_task_definition
    init = TaskDefinition.__init__

    def check(response: EC2ContainerServiceResponse):
        asked = response.params
        check_tags(asked.get("tags"))
        if "FARGATE" in asked.get("requiresCompatibilities", []):
            _check_fargate(asked)
        with WORLD.lock:
            return register(response)

    def note(definition: TaskDefinition, *args: Any, **kwargs: Any) -> None:
        init(definition, *args, **kwargs)
        definition.registered_at = time.time()

    check.__name__ = register.__name__
    EC2ContainerServiceResponse.register_task_definition = check
    TaskDefinition.__init__ = note


def _check_fargate(asked: dict[str, Any]) -> None:
    cpu, memory = int(asked.get("cpu", 0)), int(asked.get("memory", 0))
    least, most = FARGATE.get(cpu, (0, -1))
    if not least <= memory <= most:
        raise client(f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory.")
    for container in asked["containerDefinitions"]:
        driver = (container.get("logConfiguration") or {}).get("logDriver")
        if not asked.get("executionRoleArn") and (driver == "awslogs" or container.get("secrets")):
            raise client(
                "Fargate requires task definition to have execution role ARN to support "
                + ("log driver awslogs." if driver == "awslogs" else "secrets.")
            )
        names = [pair["name"] for pair in [*container.get("environment", []), *(container.get("secrets") or [])]]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise client(f"The secret name must be unique and not shared with any new or existing environment variables: {twice}")


def check_tags(tags: list[dict[str, str]] | None) -> None:
    for tag in tags or []:
        key, value = tag["key"], tag.get("value", "")
        if not 0 < len(key) <= 128 or len(value) > 256 or not TAG.match(key) or not TAG.match(value):
            raise invalid(f"Some tags contain invalid characters. Valid characters: UTF-8 letters, spaces, numbers and _ . / = + - : @. ({key})")
    if len(tags or []) > 50:
        raise invalid("The number of tags must be at most 50.")


def check_network(region: str, network: dict[str, Any] | None, definition: TaskDefinition) -> None:
    if definition.network_mode != "awsvpc":
        return
    if not network or "awsvpcConfiguration" not in network:
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    ec2 = backend(ec2_backends, region)
    chosen = network["awsvpcConfiguration"]
    for subnet in chosen["subnets"]:
        try:
            ec2.get_subnet(subnet)
        except InvalidSubnetIdError as error:
            raise invalid(
                f"Error retrieving subnet information for [{subnet}]: The subnet ID '{subnet}' does not exist "
                "(ErrorCode: InvalidSubnetID.NotFound)"
            ) from error
    for group in chosen.get("securityGroups", []):
        if ec2.get_security_group_from_id(group) is None:
            raise invalid(
                f"Error retrieving security group information for [{group}]: The security group '{group}' does not exist "
                "(ErrorCode: InvalidGroup.NotFound)"
            )


def check_target_group(region: str, asked: dict[str, Any], definition: TaskDefinition) -> None:
    arn = asked.get("targetGroupArn")
    elb = backend(elbv2_backends, region)
    group = elb.target_groups.get(arn)
    if group is None:
        raise invalid(f"Unable to find target group with arn: {arn}")
    if not is_attached(region, arn):
        raise invalid(f"The target group with targetGroupArn {arn} does not have an associated load balancer.")
    if group.target_type != "ip":
        raise invalid(
            f"The provided target group {arn} has target type {group.target_type}, which is incompatible with the awsvpc "
            "network mode specified in the task definition."
        )
    containers = {container["name"]: container for container in definition.container_definitions}
    mappings = containers.get(asked.get("containerName"), {}).get("portMappings", [])
    if asked.get("containerPort") not in [mapping["containerPort"] for mapping in mappings]:
        raise invalid(
            f"The container {asked.get('containerName')} did not have a container port {asked.get('containerPort')} defined."
        )


def is_attached(region: str, target_group: str) -> bool:
    """Whether a rule of any listener leads to the target group."""
    elb = backend(elbv2_backends, region)
    for balancer in elb.load_balancers.values():
        for listener in balancer.listeners.values():
            actions = [*listener.default_actions]
            for rule in listener.rules.values():
                actions += rule.actions
            if any(target_group in target_groups_of(action.data) for action in actions):
                return True
    return False


def target_groups_of(action: dict[str, Any]) -> dict[str, int]:
    """Where an action forwards to, with weights."""
    if action.get("Type") != "forward":
        return {}
    if action.get("TargetGroupArn"):
        return {action["TargetGroupArn"]: 1}
    groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
    return {group["TargetGroupArn"]: int(group.get("Weight", 1)) for group in groups}


def invalid(message: str) -> ECSException:
    return ECSException("InvalidParameterException", message)


def client(message: str) -> ECSException:
    return ECSException("ClientException", message)
