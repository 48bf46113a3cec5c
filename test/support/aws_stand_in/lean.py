"""Leaves out what moto loads at its start and no test needs: all regions of AWS, all kinds of virtual machines."""

import boto3.session
from moto.utilities import utils

REGIONS = {
    "aws": ["eu-central-1", "eu-west-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"],
    "aws-us-gov": [],
    "aws-cn": [],
}


def install() -> None:
    """Must run before any other part of moto is loaded."""
    load = utils.load_resource

    def get_available_regions(_session, _service, partition_name="aws", allow_non_regional=False):
        return REGIONS.get(partition_name, [])

    def load_resource(path: str):
        return [] if "instance_type_offerings" in path else load(path)

    boto3.session.Session.get_available_regions = get_available_regions
    utils.load_resource = load_resource
