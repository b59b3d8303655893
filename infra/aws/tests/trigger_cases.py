"""What wakes the functions, what catches their failures, and what tells people."""

import json

from cloudformation import load, of_type
from expect import equal, holds

TEMPLATE = load("template.yaml")
FOUNDATION = load("infra/aws/foundation.yaml")
FUNCTIONS = of_type(TEMPLATE, "AWS::Serverless::Function")
EXPORTS = ("RdsSnapshotExport", "DynamodbExport")
SCHEDULES = of_type(TEMPLATE, "AWS::Scheduler::Schedule")
ALARMS = of_type(TEMPLATE, "AWS::CloudWatch::Alarm")
SCHEDULED = {"scheduledTime": "<aws.scheduler.scheduled-time>"}


def schedules_the_night_and_a_tick(_world):
    for name, setting, tick in (("RdsSnapshotExport", "RdsSchedule", {}), ("DynamodbExport", "DynamodbSchedule", {"tick": True})):
        nightly, often = (FUNCTIONS[name]["Events"][event]["Properties"] for event in ("Nightly", "Tick"))
        equal(nightly["ScheduleExpression"], {"Ref": setting})
        equal(often["ScheduleExpression"], "rate(10 minutes)")
        equal(json.loads(nightly["Input"]), SCHEDULED)
        equal(json.loads(often["Input"]), {**SCHEDULED, **tick})
        for one in (nightly, often):
            equal(one["ScheduleExpressionTimezone"], {"Ref": "TimeZone"})
            equal(one["FlexibleTimeWindow"], {"Mode": "OFF"})
            assert "RetryPolicy" in one, f"{name} gives up a schedule at once"
    equal(TEMPLATE["Parameters"]["TimeZone"]["Default"], "Asia/Tokyo")


def loses_no_trigger_and_no_failure(_world):
    for name, function in FUNCTIONS.items():
        equal(function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"], {"Fn::GetAtt": ["FailedRuns", "Arn"]}, name)
        for event in function.get("Events", {}).values():
            equal(event["Properties"]["DeadLetterConfig"], {"Arn": {"Fn::GetAtt": ["UndeliveredTriggers", "Arn"]}}, name)
    for name, schedule in SCHEDULES.items():
        equal(schedule["Target"]["DeadLetterConfig"], {"Arn": {"Fn::GetAtt": ["UndeliveredTriggers", "Arn"]}}, name)


def hears_of_snapshots_and_of_the_end_of_exports(_world):
    pattern = FUNCTIONS["RdsSnapshotExport"]["Events"]["SnapshotEvent"]["Properties"]["Pattern"]
    numbers = {int(event.rsplit("-", 1)[1]) for event in pattern["detail"]["EventID"]}
    equal(numbers, {91, 42, 197, 159, 160, 161, 169, 75, 162, 163, 164})
    equal(pattern["detail-type"], ["RDS DB Snapshot Event", "RDS DB Cluster Snapshot Event"])
    pattern = FUNCTIONS["DynamodbExport"]["Events"]["ExportWritten"]["Properties"]["Pattern"]
    equal(pattern["detail"]["object"]["key"], [{"suffix": "/manifest-summary.json"}])
    bucket = FOUNDATION["Resources"]["Bucket"]["Properties"]
    equal(bucket["NotificationConfiguration"]["EventBridgeConfiguration"]["EventBridgeEnabled"], True)


def tells_a_person_what_to_do(_world):
    wanted = {f"{name}{kind}" for name in EXPORTS for kind in ("Errors", "Throttles", "Unverified", "Shrunk", "Silent")}
    wanted |= {f"DynamodbRestore{kind}" for kind in ("Failed", "TimedOut", "Unproven")}
    equal(ALARMS.keys(), wanted | {"FailedRunsAlarm", "UndeliveredTriggersAlarm"})
    for name, alarm in ALARMS.items():
        equal(alarm["AlarmActions"], [{"Ref": "NotifyTopic"}], name)
        words = alarm["AlarmDescription"]
        words = words["Fn::Sub"] if isinstance(words, dict) else words
        assert 100 < len(words) < 900, f"{name} has {len(words)} characters to say"


def notices_silence(_world):
    for name in EXPORTS:
        alarm = ALARMS[f"{name}Silent"]
        found = {key: alarm[key] for key in ("Namespace", "MetricName", "Threshold", "ComparisonOperator", "TreatMissingData")}
        equal(
            found,
            {
                "Namespace": "Tasuki",
                "MetricName": "OldestVerifiedAge",
                "Threshold": 26 * 3600,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "breaching",
            },
        )
        equal(alarm["Dimensions"], [{"Name": "FunctionName", "Value": {"Ref": name}}])


def restores_by_hand_only_and_drills_when_asked_to(_world):
    equal(FUNCTIONS["DynamodbRestore"].get("Events"), None)
    equal({name: TEMPLATE["Resources"][name]["Condition"] for name in SCHEDULES}, dict.fromkeys(SCHEDULES, "DrillsRestores"))
    drill, tick = SCHEDULES["DynamodbRestoreDrill"], SCHEDULES["DynamodbRestoreProofTick"]
    equal(drill["ScheduleExpression"], {"Ref": "DrillSchedule"})
    equal(drill["Target"]["Arn"], {"Ref": "DynamodbRestoreWorkflow"})
    equal(json.loads(drill["Target"]["Input"]), {**SCHEDULED, "drill": True})
    equal(tick["Target"]["Arn"], {"Fn::GetAtt": ["DynamodbRestore", "Arn"]})
    equal(json.loads(tick["Target"]["Input"]), {**SCHEDULED, "drill": True, "dryRun": True})
    for schedule in (drill, tick):
        equal(schedule["ScheduleExpressionTimezone"], {"Ref": "TimeZone"})


def notices_a_proof_that_grows_old(_world):
    """An alarm looks back seven days at most and drills may be rarer, so the tick must tell several times in the alarm's period."""
    alarm = ALARMS["DynamodbRestoreUnproven"]
    equal(TEMPLATE["Resources"]["DynamodbRestoreUnproven"]["Condition"], "DrillsRestores")
    equal((alarm["Namespace"], alarm["MetricName"]), ("Tasuki", "OldestProvenRestoreAge"))
    age = {"Fn::FindInMap": ["DrillMaxAge", {"Ref": "DrillMaxAgeDays"}, "Seconds"]}
    equal((alarm["Threshold"], alarm["TreatMissingData"]), (age, "breaching"))
    for days, known in TEMPLATE["Mappings"]["DrillMaxAge"].items():
        equal(known["Seconds"], int(days) * 86400)
    equal(SCHEDULES["DynamodbRestoreProofTick"]["ScheduleExpression"], "rate(6 hours)")
    assert alarm["Period"] * alarm["EvaluationPeriods"] >= 2 * 6 * 3600


def keeps_what_can_not_be_had_back(_world):
    for name in ("Bucket", "BucketPolicy", "Key", "KeyAlias", "ExportRole", "ExportRights"):
        resource = FOUNDATION["Resources"][name]
        equal((resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")), ("Retain", "Retain"), name)


def removes_exports_and_nothing_else(_world):
    """Run records, and what tells of the newest verified run, are in other folders."""
    rules = FOUNDATION["Resources"]["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    expiring = [rule["Fn::If"] for rule in rules if "Fn::If" in rule]
    equal([one[0] for one in expiring], ["RemovesExports", "RemovesExports"])
    prefixes = [one[1]["Prefix"]["Fn::If"] for one in expiring]
    equal(
        prefixes,
        [
            ["HasPrefix", {"Fn::Sub": "${S3Prefix}/export-id-"}, "export-id-"],
            ["HasPrefix", {"Fn::Sub": "${S3Prefix}/AWSDynamoDB/"}, "AWSDynamoDB/"],
        ],
    )
    always = [rule for rule in rules if "Fn::If" not in rule]
    assert not any("ExpirationInDays" in rule for rule in always), f"objects expire without being asked to: {always}"


def runs_what_cargo_built(_world):
    equal(TEMPLATE["Globals"]["Function"]["Runtime"], "provided.al2023")
    for name, folder in (
        ("RdsSnapshotExport", "rds-snapshot-export"),
        ("DynamodbExport", "dynamodb-export"),
        ("DynamodbRestore", "dynamodb-restore"),
    ):
        equal(FUNCTIONS[name]["CodeUri"], f"dist/{folder}/")
        equal(TEMPLATE["Resources"][name]["Metadata"]["SkipBuild"], True)
        equal(FUNCTIONS[name]["LoggingConfig"], {"LogFormat": "JSON", "LogGroup": {"Ref": f"{name}Logs"}})


def lets_alarms_publish_to_the_encrypted_topic(_world):
    policies = str([FOUNDATION["Resources"][name] for name in ("Key", "TopicPolicy")])
    equal(policies.count("'Service': 'cloudwatch.amazonaws.com'"), 2)
    holds(policies, "kms:GenerateDataKey", "sns:Publish", "aws:SourceAccount", "aws:SourceArn")


CASES = [
    schedules_the_night_and_a_tick,
    loses_no_trigger_and_no_failure,
    hears_of_snapshots_and_of_the_end_of_exports,
    tells_a_person_what_to_do,
    notices_silence,
    restores_by_hand_only_and_drills_when_asked_to,
    notices_a_proof_that_grows_old,
    keeps_what_can_not_be_had_back,
    removes_exports_and_nothing_else,
    runs_what_cargo_built,
    lets_alarms_publish_to_the_encrypted_topic,
]
