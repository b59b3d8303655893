"""Stories of a client: boto3_client.py STORY DYNAMODB_URL S3_URL. What is not as expected ends it with an error."""

import base64
import gzip
import hashlib
import json
import sys
from decimal import Decimal

import boto3
from boto3.dynamodb.types import TypeDeserializer
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
        client = getattr(call.__self__.meta, "client", call.__self__)
        modelled = getattr(client.exceptions, code, ClientError)
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


def resource(dynamodb):
    return boto3.resource("dynamodb", endpoint_url=dynamodb.meta.endpoint_url, **KEYS)


def schema(name):
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "number", "KeyType": "RANGE"},
        ],
    }


def items(dynamodb, _):
    """Runs against moto, too: what is asserted here holds for both."""
    dynamodb.create_table(**schema("items"), Tags=[{"Key": "scratch", "Value": "true"}])
    dynamodb.get_waiter("table_exists").wait(TableName="items")
    described = dynamodb.describe_table(TableName="items")["Table"]
    assert described["KeySchema"] == schema("items")["KeySchema"], described
    assert described["AttributeDefinitions"] == schema("items")["AttributeDefinitions"], described
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST", described
    refused("ResourceInUseException", dynamodb.create_table, **schema("items"))
    tags = dynamodb.list_tags_of_resource(ResourceArn=described["TableArn"])["Tags"]
    assert tags == [{"Key": "scratch", "Value": "true"}], tags
    live = dynamodb.describe_time_to_live(TableName="items")["TimeToLiveDescription"]
    assert live["TimeToLiveStatus"] == "DISABLED", live

    written = {
        (f"id-{number % 10}", Decimal(number)): {
            "id": f"id-{number % 10}",
            "number": Decimal(number),
            "price": Decimal("12.50"),
            "exact": Decimal("1234567890123456789012345678.9012345678"),
            "bytes": bytes([number, 255]),
            "tags": {"a", "b", str(number)},
            "numbers": {Decimal(1), Decimal("2.5")},
            "nested": {"list": [None, True, "", {"deep": Decimal(-1)}], "empty": {}},
        }
        for number in range(60)
    }
    table = resource(dynamodb).Table("items")
    with table.batch_writer() as batch:
        for item in written.values():
            batch.put_item(item)

    def kept():
        pages = dynamodb.get_paginator("scan").paginate(
            TableName="items", ConsistentRead=True, PaginationConfig={"PageSize": 7}
        )
        read = TypeDeserializer().deserialize
        found = [
            {name: read(value) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
        ]
        return {(item["id"], item["number"]): item for item in found}

    assert kept() == written, kept()
    count = dynamodb.scan(TableName="items", Select="COUNT")
    assert (count["Count"], count["ScannedCount"]) == (60, 60), count
    assert "Items" not in count, count

    keys = [{"id": {"S": f"id-{n % 10}"}, "number": {"N": str(n)}} for n in range(50, 80)]
    wanted = {"items": {"Keys": keys, "ConsistentRead": True, "ProjectionExpression": "id, #n"}}
    wanted["items"]["ExpressionAttributeNames"] = {"#n": "number"}
    answer = dynamodb.batch_get_item(RequestItems=wanted)
    found = sorted(int(item["number"]["N"]) for item in answer["Responses"]["items"])
    assert found == list(range(50, 60)), found
    assert answer["UnprocessedKeys"] == {}, answer

    first = {"id": "id-0", "number": Decimal(0)}
    new = {**first, "version": Decimal(2)}
    condition = {"ConditionExpression": "attribute_not_exists(#k)"}
    condition["ExpressionAttributeNames"] = {"#k": "id"}
    refused("ConditionalCheckFailedException", table.put_item, Item=new, **condition)
    newer = {
        "ConditionExpression": "attribute_not_exists(#v) OR #v < :v",
        "ExpressionAttributeNames": {"#v": "version"},
    }
    table.put_item(Item=new, **newer, ExpressionAttributeValues={":v": Decimal(2)})
    for version in (1, 2):
        values = {":v": Decimal(version)}
        older = {**first, "version": Decimal(version)}
        more = {**newer, "ExpressionAttributeValues": values}
        refused("ConditionalCheckFailedException", table.put_item, Item=older, **more)
    assert table.get_item(Key=first, ConsistentRead=True)["Item"] == new
    with table.batch_writer() as batch:
        for key in list(written)[1:]:
            batch.delete_item(Key={"id": key[0], "number": key[1]})
    assert kept() == {("id-0", Decimal(0)): new}, kept()

    put = lambda **item: {"PutRequest": {"Item": item}}
    write = dynamodb.batch_write_item
    one = {"id": {"S": "a"}, "number": {"N": "1"}}
    for request in (
        [put(**one), put(**one)],
        [put(id={"S": "a"})],
        [put(id={"N": "1"}, number={"N": "1"})],
        [put(id={"S": ""}, number={"N": "1"})],
        [put(**one, large={"S": "x" * 410_000})],
    ):
        refused("ValidationException", write, RequestItems={"items": request})
    refused("ResourceNotFoundException", write, RequestItems={"no-such": [put(**one)]})
    assert kept() == {("id-0", Decimal(0)): new}, kept()
    dynamodb.delete_table(TableName="items")
    dynamodb.get_waiter("table_not_exists").wait(TableName="items")


def batch_writer(dynamodb, _):
    with resource(dynamodb).Table("target").batch_writer() as batch:
        for number in range(200):
            batch.put_item({"id": str(number)})


def refused_writes(dynamodb, _):
    once = Config(retries={"total_max_attempts": 1})
    address = dynamodb.meta.endpoint_url
    dynamodb = boto3.client("dynamodb", endpoint_url=address, config=once, **KEYS)
    item = {"id": {"S": "1"}}
    put = [{"PutRequest": {"Item": item}}]
    write = dynamodb.batch_write_item
    starved = "ProvisionedThroughputExceededException"
    refused(starved, write, RequestItems={"starved": put})
    try:
        dynamodb.put_item(TableName="starved", Item=item)
    except dynamodb.exceptions.ProvisionedThroughputExceededException as error:
        [reason] = error.response["ThrottlingReasons"]
        assert reason["resource"] == arn(dynamodb, "starved"), error.response
    full = [{"PutRequest": {"Item": {"id": {"S": "full"}}}}]
    full_code = "ItemCollectionSizeLimitExceededException"
    refused(full_code, write, RequestItems={"table1": put + full})
    refused("ValidationException", write, RequestItems={"table1": put * 26})
    delete = [{"DeleteRequest": {"Key": item}}]
    refused("ValidationException", write, RequestItems={"table1": put + delete})
    bad = {"SS": []}
    refused("ValidationException", dynamodb.put_item, TableName="table1", Item={**item, "s": bad})
    try:
        dynamodb.put_item(
            TableName="table1",
            Item={**item, "new": {"BOOL": True}},
            ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        assert error.response["Item"] == item, error.response
    else:
        raise AssertionError("the condition was to fail")
    unknown = arn(dynamodb, "table1") + "/import/01795285800000-00000000"
    refused("ImportNotFoundException", dynamodb.describe_import, ImportArn=unknown)


def import_table(dynamodb, _):
    export = dynamodb.export_table_to_point_in_time(
        TableArn=arn(dynamodb, "table1"), S3Bucket="night"
    )["ExportDescription"]["ExportArn"]
    described = dynamodb.describe_export(ExportArn=export)["ExportDescription"]
    folder = described["ExportManifest"].rsplit("/", 1)[0]
    wanted = {
        "S3BucketSource": {"S3Bucket": "night", "S3KeyPrefix": f"{folder}/data/"},
        "InputFormat": "DYNAMODB_JSON",
        "InputCompressionType": "GZIP",
        "TableCreationParameters": {
            "TableName": "new",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        },
    }
    started = dynamodb.import_table(**wanted)["ImportTableDescription"]
    assert started["ImportStatus"] == "IN_PROGRESS", started
    describe = lambda: dynamodb.describe_import(ImportArn=started["ImportArn"])
    assert describe()["ImportTableDescription"] == started
    done = describe()["ImportTableDescription"]
    assert done["ImportStatus"] == "COMPLETED", done
    assert done["ImportedItemCount"] == 6, done
    assert done["EndTime"] > done["StartTime"], done


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
        "items": items,
        "batch-writer": batch_writer,
        "refused-writes": refused_writes,
        "import": import_table,
    }
    stories[story](dynamodb_client, s3_client)
