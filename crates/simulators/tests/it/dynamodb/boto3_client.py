"""Stories of a client: boto3_client.py STORY DYNAMODB_URL S3_URL. What is not as expected ends it with an error."""

import base64
import gzip
import hashlib
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

KEYS = {
    "region_name": "ap-northeast-1",
    "aws_access_key_id": "any",
    "aws_secret_access_key": "any",
}


def checksum(content):
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def refused(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["Error"]["Message"] or code == "UnknownOperationException", error
        modelled = getattr(call.__self__.exceptions, code, ClientError)
        assert isinstance(error, modelled), error
    else:
        raise AssertionError(f"{code} was expected")


def arn(dynamodb, table):
    return dynamodb.describe_table(TableName=table)["Table"]["TableArn"]


def export(dynamodb, s3):
    start = dynamodb.export_table_to_point_in_time
    wanted = {"TableArn": arn(dynamodb, "table1"), "S3Bucket": "night", "ClientToken": "token"}
    started = start(**wanted)["ExportDescription"]
    assert started["ExportStatus"] == "IN_PROGRESS", started
    assert start(**wanted)["ExportDescription"] == started
    refused("ExportConflictException", start, **wanted, S3Prefix="other")

    described = lambda: dynamodb.describe_export(ExportArn=started["ExportArn"])["ExportDescription"]
    assert described() == started
    done = described()
    assert done["ExportStatus"] == "COMPLETED", done
    assert done["ItemCount"] == 6, done

    def read(key):
        return s3.get_object(Bucket="night", Key=key)["Body"].read()

    def manifest(key):
        content = read(key)
        assert read(key.replace(".json", ".md5")).decode() == checksum(content)
        return [json.loads(line) for line in content.splitlines()]

    [summary] = manifest(done["ExportManifest"])
    items = []
    for file in manifest(summary["manifestFilesS3Key"]):
        content = read(file["dataFileS3Key"])
        assert file["md5Checksum"] == checksum(content), file
        lines = gzip.decompress(content).splitlines()
        assert file["itemCount"] == len(lines), file
        items += [json.loads(line)["Item"] for line in lines]
    ids = sorted(item["id"]["S"] for item in items)
    assert ids == ["1", "2", "3", "4", "5", "6"], ids
    assert summary["itemCount"] == len(items), summary


def list_exports(dynamodb, _):
    table = arn(dynamodb, "table1")
    start = dynamodb.export_table_to_point_in_time
    started = [
        start(TableArn=table, S3Bucket="night")["ExportDescription"]["ExportArn"] for _ in range(60)
    ]
    for more in ({}, {"TableArn": table}, {"MaxResults": 7}):
        listed, pages, token = [], 0, {}
        while True:
            page = dynamodb.list_exports(**more, **token)
            listed += [summary["ExportArn"] for summary in page["ExportSummaries"]]
            pages += 1
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        assert listed == started[::-1], listed
        assert pages == -(-60 // more.get("MaxResults", 25)), pages


def refusals(dynamodb, _):
    start = dynamodb.export_table_to_point_in_time
    table = arn(dynamodb, "table1")
    night = {"S3Bucket": "night"}
    refused("TableNotFoundException", start, TableArn=table + "x", **night)
    refused("AccessDeniedException", start, TableArn=table.replace("123456789012", "1" * 12), **night)
    refused("ValidationException", start, TableArn="table1", **night)
    off, young = arn(dynamodb, "off"), arn(dynamodb, "young")
    refused("PointInTimeRecoveryUnavailableException", start, TableArn=off, **night)
    refused("ContinuousBackupsUnavailableException", start, TableArn=young, **night)
    refused("InvalidExportTimeException", start, TableArn=table, **night, ExportTime=1)
    refused("ValidationException", start, TableArn=table, **night, ExportType="PARTIAL_EXPORT")
    for view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        window = {"ExportFromTime": 1795280000, "ExportToTime": 1795280600, "ExportViewType": view}
        kind = {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": window}
        refused("InvalidExportTimeException", start, TableArn=table, **night, **kind)
    unknown = table + "/export/01795285800000-00000000"
    refused("ExportNotFoundException", dynamodb.describe_export, ExportArn=unknown)
    refused("ValidationException", dynamodb.describe_export, ExportArn=table)
    refused("ValidationException", dynamodb.list_exports, NextToken="expired")
    refused("ResourceNotFoundException", dynamodb.describe_table, TableName="no-such")
    refused("TableNotFoundException", dynamodb.describe_continuous_backups, TableName="no-such")
    refused("ResourceNotFoundException", dynamodb.list_tags_of_resource, ResourceArn=table + "x")
    refused("UnknownOperationException", dynamodb.list_backups)


def tables(dynamodb, _):
    names = [
        name
        for page in dynamodb.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 1})
        for name in page["TableNames"]
    ]
    assert names == ["table1", "table2", "tagged"], names
    table = dynamodb.describe_table(TableName="table1")["Table"]
    assert table["TableStatus"] == "ACTIVE", table
    assert table["CreationDateTime"].year == 2026, table
    recovery = dynamodb.describe_continuous_backups(TableName=table["TableArn"])
    recovery = recovery["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED", recovery
    assert recovery["EarliestRestorableDateTime"] < recovery["LatestRestorableDateTime"], recovery
    tags = dynamodb.list_tags_of_resource(ResourceArn=arn(dynamodb, "tagged"))["Tags"]
    assert tags == [{"Key": "backup", "Value": "nightly"}], tags


def retries(dynamodb, _):
    assert dynamodb.list_tables()["TableNames"] == ["table1", "table2"]


if __name__ == "__main__":
    story, dynamodb_url, s3_url = sys.argv[1:]
    config = Config(retries={"mode": "standard", "max_attempts": 4})
    dynamodb_client = boto3.client("dynamodb", endpoint_url=dynamodb_url, config=config, **KEYS)
    s3_client = boto3.client("s3", endpoint_url=s3_url, **KEYS) if s3_url else None
    stories = {
        "export": export,
        "list": list_exports,
        "refusals": refusals,
        "tables": tables,
        "retries": retries,
    }
    stories[story](dynamodb_client, s3_client)
