"""Stories of a client: boto3_client.py STORY RDS_URL S3_URL. What is not as expected ends it with an error."""

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
WANTED = {
    "S3BucketName": "night",
    "IamRoleArn": "arn:aws:iam::123456789012:role/export",
    "KmsKeyId": "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-1111-4111-8111-111111111111",
}


def refused(code, modelled, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["Error"]["Message"], error
        if modelled:
            assert type(error).__name__ == modelled, type(error)
    else:
        raise AssertionError(f"{code} was expected")


def snapshots(rds, **parameters):
    pages = rds.get_paginator("describe_db_cluster_snapshots").paginate(**parameters)
    return [snapshot for page in pages for snapshot in page["DBClusterSnapshots"]]


def export(rds, s3):
    [snapshot] = snapshots(rds, DBClusterIdentifier="app-db", SnapshotType="automated")
    assert snapshot["Status"] == "available", snapshot
    assert snapshot["DBClusterSnapshotIdentifier"] == "rds:app-db-2026-11-21-14-03", snapshot
    arn = snapshot["DBClusterSnapshotArn"]
    started = rds.start_export_task(
        ExportTaskIdentifier="tonight", SourceArn=arn, S3Prefix="rds", ExportOnly=["app"], **WANTED
    )
    assert started["Status"] == "STARTING", started
    assert started["ExportOnly"] == ["app"], started
    assert started["SnapshotTime"] == snapshot["SnapshotCreateTime"], started

    seen = []
    while True:
        [task] = rds.describe_export_tasks(SourceArn=arn)["ExportTasks"]
        seen.append(task["Status"])
        if task["Status"] not in ("STARTING", "IN_PROGRESS"):
            break
    assert seen == ["STARTING", "STARTING", "COMPLETE"], seen
    assert task["PercentProgress"] == 100, task
    assert task["TaskEndTime"] > task["TaskStartTime"] > task["SnapshotTime"], task

    base = "rds/tonight/"
    listed = s3.list_objects_v2(Bucket="night", Prefix=base)["Contents"]
    sizes = {item["Key"].removeprefix(base): item["Size"] for item in listed}

    def read(key):
        return s3.get_object(Bucket="night", Key=base + key)["Body"].read()

    info = json.loads(read("export_info_tonight.json"))
    assert info["status"] == "COMPLETE", info
    assert info["sourceArn"] == arn, info
    tables = json.loads(read("export_tables_info_tonight_from_1_to_3.json"))["perTableStatus"]
    assert [table["status"] for table in tables] == ["COMPLETE"] * 3, tables
    for table in tables:
        database, schema, name = table["target"].split(".")
        folder = f"{database}/{schema}.{name}/1/"
        assert sizes.pop(folder + "_SUCCESS") == 0, table
        for key in [key for key in sizes if key.startswith(folder)]:
            content = read(key)
            assert content[:4] == content[-4:] == b"PAR1", key
            del sizes[key]
    assert len(sizes) == 2, sizes


def pages(rds, _):
    found = snapshots(rds, PaginationConfig={"PageSize": 25})
    assert len({one["DBClusterSnapshotArn"] for one in found}) == len(found) == 61, len(found)
    for number, snapshot in enumerate(found[:45]):
        rds.start_export_task(
            ExportTaskIdentifier=f"export-{number}", SourceArn=snapshot["DBClusterSnapshotArn"], **WANTED
        )

    def tasks(**parameters):
        pages = rds.get_paginator("describe_export_tasks").paginate(**parameters)
        return [task for page in pages for task in page["ExportTasks"]]

    names = sorted(task["ExportTaskIdentifier"] for task in tasks(PaginationConfig={"PageSize": 20}))
    assert names == sorted(f"export-{number}" for number in range(45)), names
    status = lambda *values: [{"Name": "status", "Values": list(values)}]
    assert len(tasks(Filters=status("complete"))) == 44
    assert len(tasks(Filters=status("starting", "in_progress"))) == 1
    assert tasks(Filters=status("COMPLETE")) == []


def refusals(rds, _):
    by_name = {one["DBClusterSnapshotIdentifier"]: one["DBClusterSnapshotArn"] for one in snapshots(rds)}
    tonight = by_name["rds:app-db-2026-11-21-14-03"]
    role = "arn:aws:iam::123456789012:role/"
    right = {"ExportTaskIdentifier": "tonight", "SourceArn": tonight, **WANTED}

    def start(**parameters):
        rds.start_export_task(**{**right, **parameters})

    lost = tonight.replace("rds:app-db", "rds:none")
    refused("DBClusterSnapshotNotFoundFault", "DBClusterSnapshotNotFoundFault", start, SourceArn=lost)
    lost = tonight.replace("cluster-snapshot:", "snapshot:")
    refused("DBSnapshotNotFound", "DBSnapshotNotFoundFault", start, SourceArn=lost)
    lost = tonight.split(":cluster-snapshot")[0] + ":cluster:none"
    refused("DBClusterNotFoundFault", "DBClusterNotFoundFault", start, SourceArn=lost)
    refused("InvalidExportSourceState", "InvalidExportSourceStateFault", start, SourceArn=by_name["copying"])
    refused("InvalidExportOnly", "InvalidExportOnlyFault", start, ExportOnly=["app.app.users"])
    refused("InvalidS3BucketFault", "InvalidS3BucketFault", start, S3BucketName="gone")
    refused("IamRoleNotFound", "IamRoleNotFoundFault", start, IamRoleArn=role + "gone")
    refused("IamRoleMissingPermissions", "IamRoleMissingPermissionsFault", start, IamRoleArn=role + "weak")
    refused("KMSKeyNotAccessibleFault", "KMSKeyNotAccessibleFault", start, KmsKeyId="alias/closed")
    refused("InvalidParameterValue", None, start, ExportTaskIdentifier="rds:app-db")
    start()
    refused("ExportTaskAlreadyExists", "ExportTaskAlreadyExistsFault", start)
    refused("ExportTaskAlreadyExists", "ExportTaskAlreadyExistsFault", start, ExportTaskIdentifier="other")
    for day in range(1, 5):
        start(ExportTaskIdentifier=f"day-{day}", SourceArn=by_name[f"day-{day}"])
    last = {"ExportTaskIdentifier": "day-5", "SourceArn": by_name["day-5"]}
    refused("ExportTaskLimitReachedFault", None, start, **last)

    name = {"ExportTaskIdentifier": "none"}
    refused("ExportTaskNotFound", "ExportTaskNotFoundFault", rds.describe_export_tasks, **name)
    refused("ExportTaskNotFound", "ExportTaskNotFoundFault", rds.cancel_export_task, **name)
    name = {"ExportTaskIdentifier": "tonight"}
    assert rds.cancel_export_task(**name)["Status"] == "CANCELING"
    refused("InvalidExportTaskStateFault", "InvalidExportTaskStateFault", rds.cancel_export_task, **name)
    refused("InvalidParameterValue", None, rds.describe_export_tasks, Marker="made up")
    refused("InvalidParameterValue", None, rds.describe_db_cluster_snapshots, MaxRecords=10)
    refused("AccessDenied", None, rds.describe_db_instances)
    refused("InvalidAction", None, rds.describe_events)


def sources(rds, _):
    [cluster] = rds.describe_db_clusters(DBClusterIdentifier="APP-DB")["DBClusters"]
    assert cluster["Engine"] == "aurora-mysql", cluster
    assert cluster["Status"] == "available", cluster
    [instance] = rds.describe_db_instances()["DBInstances"]
    assert instance["DBInstanceArn"] == "arn:aws:rds:ap-northeast-1:123456789012:db:shop", instance
    assert instance["DBInstanceStatus"] == "available", instance
    [automated] = rds.describe_db_snapshots(DBInstanceIdentifier="shop")["DBSnapshots"]
    assert automated["SnapshotType"] == "automated", automated
    assert automated["DBSnapshotArn"].endswith(":snapshot:rds:shop-2026-11-21-14-03"), automated
    [manual] = snapshots(rds, Filters=[{"Name": "snapshot-type", "Values": ["manual"]}])
    assert manual["DBClusterSnapshotIdentifier"] == "by-hand", manual
    waiter = rds.get_waiter("db_cluster_snapshot_available")
    waiter.wait(DBClusterSnapshotIdentifier="by-hand", WaiterConfig={"Delay": 1, "MaxAttempts": 1})


def retries(rds, _):
    assert rds.describe_export_tasks()["ExportTasks"] == []


def main():
    story, url, s3_url = sys.argv[1:]
    config = Config(retries={"total_max_attempts": 4})
    rds = boto3.client("rds", endpoint_url=url, config=config, **KEYS)
    s3 = boto3.client("s3", endpoint_url=s3_url, **KEYS) if s3_url else None
    {"export": export, "pages": pages, "refusals": refusals, "sources": sources, "retries": retries}[story](rds, s3)


main()
