"""The article's function: what it imports and makes when it starts, and a handler that has nothing to do."""

import datetime  # noqa: F401 - it is imported there
import os  # noqa: F401

import boto3

rds = boto3.client("rds")
s3 = boto3.resource("s3")
client = boto3.client("kms")


def lambda_handler(event, context):
    return {"due": False}
