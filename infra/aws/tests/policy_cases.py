"""Least privilege: no star that is not explained, no role that is passed on to anything, nobody who may take one."""

from cloudformation import TEMPLATES, as_list, load, of_type, statements, strings
from expect import equal

A_FOLDER = "a folder: the objects in it are named by the run"
ACCOUNT_LIST = "databases are a list of names, which CloudFormation can't turn into ARNs; this account and Region only"
TABLES = "Region and account come from the condition; a star in a name is one of TABLES, or of RESTORE_TABLES"
KEY_POLICY = "in a key's policy the resource is the key itself"
BUCKET = "${AWS::Partition}:s3:::${%s}"
RDS = "arn:${AWS::Partition}:rds:${AWS::Region}:${AWS::AccountId}:%s:*"
TABLE = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/%s"
SCRATCH = TABLE % "*-tasuki-drill-*"
EXECUTION = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${DynamodbRestoreWorkflow.Name}"

# Logical id, Sid, action or resource: why it may hold a star.
EXPLAINED = {
    ("Key", "AdministrationByTheAccount", "kms:*"): "the account administers its key, or nobody could",
    ("Key", "AdministrationByTheAccount", "*"): KEY_POLICY,
    ("Key", "UseByExports", "*"): KEY_POLICY,
    ("Key", "GrantsByExports", "*"): KEY_POLICY,
    ("Key", "NoticesByAlarms", "*"): KEY_POLICY,
    ("BucketPolicy", "OnlyByTls", "s3:*"): "a refusal, of everything without TLS",
    ("BucketPolicy", "OnlyByTls", "${Bucket.Arn}/*"): "a refusal, for all objects",
    ("ExportRights", "WriteTheFiles", "s3:DeleteObject*"): "literally what the RDS User Guide asks for",
    ("ExportRights", "WriteTheFiles", "s3:GetObject*"): "literally what the RDS User Guide asks for",
    ("ExportRights", "WriteTheFiles", "s3:PutObject*"): "literally what the RDS User Guide asks for",
    ("ExportRights", "WriteTheFiles", "${Bucket.Arn}/*"): A_FOLDER,
    ("ExportRights", "WriteTheFiles", "${Bucket.Arn}/${S3Prefix}/*"): A_FOLDER,
    ("BigqueryReaderRights", "ReadExportsOfRds", "${Bucket.Arn}/export-id-*"): A_FOLDER,
    ("BigqueryReaderRights", "ReadExportsOfRds", "${Bucket.Arn}/${S3Prefix}/export-id-*"): A_FOLDER,
    ("RdsSnapshotExportRole", "LookAtExports", "*"): "exports have no ARN, and those of other databases count to the limit of five",
    **{
        ("RdsSnapshotExportRole", sid, RDS % kind): ACCOUNT_LIST
        for sid, kinds in {
            "LookAtSnapshots": ("cluster", "cluster-snapshot", "db", "snapshot"),
            "StartExports": ("cluster-snapshot", "snapshot"),
        }.items()
        for kind in kinds
    },
    **{
        ("RdsSnapshotExportRole", "ReadExports", f"arn:{BUCKET % 'S3ExportBucketName'}/{prefix}export-id-${{Env}}-*"): A_FOLDER
        for prefix in ("", "${S3Prefix}/")
    },
    ("DynamodbExportRole", "FindTablesAndExports", "*"): "lists of tables and of exports have no narrower resource",
    **{
        (role, sid, text): TABLES
        for role, sid, suffix in (
            ("DynamodbExportRole", "ExportTables", ""),
            ("DynamodbExportRole", "LookAtExports", "/export/*"),
            ("DynamodbRestoreRole", "RestoreTables", ""),
            ("DynamodbRestoreImportRights", "ImportTables", ""),
            ("DynamodbRestoreImportRights", "LookAtImports", "/import/*"),
        )
        for text in (f"arn:aws:dynamodb:*:*:table/${{Names}}{suffix}", f"{suffix},arn:aws:dynamodb:*:*:table/")
    },
    **{
        ("DynamodbExportRole", sid, TABLE % f"*{suffix}"): "with TABLE_TAG any table may have the tag"
        for sid, suffix in (("ExportTables", ""), ("LookAtExports", "/export/*"))
    },
    **{
        ("DynamodbExportRole", "WriteExports", f"arn:{BUCKET % 'ExportS3Bucket'}/{prefix}AWSDynamoDB/*"): A_FOLDER
        for prefix in ("", "${S3Prefix}/")
    },
    **{
        (role, "KeepRecords", f"arn:{BUCKET % bucket}/{prefix}{folder}/{function}/*"): A_FOLDER
        for role, bucket, function in (
            ("RdsSnapshotExportRole", "S3ExportBucketName", "rds-snapshot-export"),
            ("DynamodbExportRole", "ExportS3Bucket", "dynamodb-export"),
        )
        for prefix in ("", "${S3Prefix}/")
        for folder in ("runs", "verified")
    },
    ("DynamodbRestoreRole", "DrillInScratchTables", SCRATCH): "a scratch table is named after table and moment",
    ("DynamodbRestoreRole", "LearnKeys", TABLE % "*"): "what a drill proves is what was exported; describing a table changes nothing",
    ("DynamodbRestoreRole", "ReadExports", f"arn:{BUCKET % 'ExportS3Bucket'}/*"): "exports may be copied to any folder of it",
    **{
        ("DynamodbRestoreRole", "KeepRecords", f"{folder}/dynamodb-restore/*"): A_FOLDER
        for folder in (
            "arn:${AWS::Partition}:s3:::${Folder}",
            f"arn:{BUCKET % 'ExportS3Bucket'}/runs",
            f"arn:{BUCKET % 'ExportS3Bucket'}/${{S3Prefix}}/runs",
        )
    },
    (
        "DynamodbRestoreImportRights",
        "LogRefusedItems",
        "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws-dynamodb/*",
    ): "DynamoDB names the groups in it",
    ("DynamodbRestoreWorkflowRole", "DeliverLogs", "*"): "literally what Step Functions asks for: a delivery has no ARN",
    **{
        ("DynamodbRestoreWorkflowShares", "FollowShares", f"{EXECUTION}{rest}"): "shares are named when they are started"
        for rest in (":*", "/*")
    },
    ("RdsSnapshotExportRole", "KeepRecords", "arn:${AWS::Partition}:s3:::${Folder}/rds-snapshot-export/*"): A_FOLDER,
    ("DynamodbExportRole", "KeepRecords", "arn:${AWS::Partition}:s3:::${Folder}/dynamodb-export/*"): A_FOLDER,
}


def stars(template):
    """Every action and resource with a star, as a key of EXPLAINED."""
    for logical_id, statement in statements(template):
        for text in strings([statement.get("Action", "NotAction: *"), statement.get("Resource", [])]):
            if "*" in text:
                yield logical_id, statement.get("Sid", ""), text


def careless_passing(template):
    """The statements that let a role be passed on to more than one service, or more than one role."""
    for logical_id, statement in statements(template):
        if any(action.lower() in ("iam:passrole", "iam:*", "*") for action in strings(statement.get("Action", "*"))):
            service = statement.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService")
            if statement["Effect"] == "Allow" and (not isinstance(service, str) or "*" in "".join(strings(statement["Resource"]))):
                yield logical_id


def explains_every_star(_world):
    found = {star for name in TEMPLATES for star in stars(load(name))}
    equal(found - EXPLAINED.keys(), set(), "these have a star, and nobody explained why")
    equal(EXPLAINED.keys() - found, set(), "these are explained and not there")


def passes_one_role_to_one_service(_world):
    passing = [
        statement for name in TEMPLATES for _, statement in statements(load(name)) if "iam:PassRole" in strings(statement.get("Action"))
    ]
    equal([one["Resource"] for one in passing], [{"Ref": "S3ExportIamRoleArn"}])
    equal([one for name in TEMPLATES for one in careless_passing(load(name))], [])


def would_notice_a_careless_statement(_world):
    careless = {"Effect": "Allow", "Action": ["iam:PassRole"], "Resource": "*"}
    template = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"Statement": [careless]}]}}}}
    equal(list(stars(template)), [("Role", "", "*")])
    equal(list(careless_passing(template)), ["Role"])
    careless.update(Resource="arn:aws:iam::1:role/one", Action="iam:PassRole")
    equal(list(careless_passing(template)), ["Role"])
    careless["Condition"] = {"StringEquals": {"iam:PassedToService": "export.rds.amazonaws.com"}}
    equal(list(careless_passing(template)), [])


def lets_each_role_be_taken_by_one_service_of_this_account(_world):
    found = {}
    for name in TEMPLATES:
        for role, properties in of_type(load(name), "AWS::IAM::Role").items():
            (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
            account = statement.get("Condition", {}).get("StringEquals", {}).get("aws:SourceAccount")
            found[role] = (statement["Principal"]["Service"], account == {"Ref": "AWS::AccountId"})
    equal(
        found,
        {
            # Lambda says on whose behalf it comes by the function's own policy, and sends no account.
            "RdsSnapshotExportRole": ("lambda.amazonaws.com", False),
            "DynamodbExportRole": ("lambda.amazonaws.com", False),
            "DynamodbRestoreRole": ("lambda.amazonaws.com", False),
            "DynamodbRestoreWorkflowRole": ("states.amazonaws.com", True),
            "RdsSnapshotExportScheduleRole": ("scheduler.amazonaws.com", True),
            "DynamodbExportScheduleRole": ("scheduler.amazonaws.com", True),
            "DynamodbRestoreScheduleRole": ("scheduler.amazonaws.com", True),
            "ExportRole": ("export.rds.amazonaws.com", True),
        },
    )


def lets_sam_make_no_role(_world):
    template = load("template.yaml")
    for name, function in of_type(template, "AWS::Serverless::Function").items():
        assert "Role" in function, f"SAM would make a role for {name}, with its logs of all functions"
        for event, one in function.get("Events", {}).items():
            assert one["Type"] == "EventBridgeRule" or "RoleArn" in one["Properties"], f"SAM would make a role for {name} {event}"
    for name, workflow in of_type(template, "AWS::Serverless::StateMachine").items():
        assert "Role" in workflow, f"SAM would make a role for {name}"


def lets_everybody_do_nothing(_world):
    for name in TEMPLATES:
        for logical_id, statement in statements(load(name)):
            principal = statement.get("Principal")
            assert principal not in ("*", {"AWS": "*"}) or statement["Effect"] == "Deny", f"{logical_id} is open to everybody"
            if isinstance(principal, dict) and "Service" in principal and statement["Action"] != "sts:AssumeRole":
                assert "aws:SourceAccount" in str(statement["Condition"]), f"{logical_id} lets a service in for any account"


def writes_only_below_its_own_folders(_world):
    """The function can't overwrite or delete what RDS wrote."""
    for logical_id, statement in statements(load("template.yaml")):
        actions = set(strings(statement.get("Action", [])))
        assert not any(action.startswith("s3:Delete") for action in actions), f"{logical_id} may delete objects"
        if "s3:PutObject" in actions and logical_id in ("RdsSnapshotExportRole", "DynamodbRestoreRole"):
            equal(statement["Sid"], "KeepRecords")


def writes_only_to_tables_that_are_named_and_deletes_only_scratch(_world):
    changing = {"BatchWriteItem", "CreateTable", "DeleteItem", "DeleteTable", "ImportTable", "PutItem", "TagResource", "UpdateItem"}
    found = set()
    for logical_id, statement in statements(load("template.yaml")):
        actions = {action.removeprefix("dynamodb:") for action in strings(statement.get("Action", [])) if action.startswith("dynamodb:")}
        if not actions & changing:
            continue
        if statement["Resource"] == {"Fn::Sub": SCRATCH}:
            found.add("scratch")
            continue
        assert not actions & {"CreateTable", "DeleteTable"}, f"{logical_id} may make or delete a table that is not scratch"
        equal([one["Ref"] for one in references(statement["Resource"])], ["RestoreTables"], logical_id)
        found.add("named")
    equal(found, {"scratch", "named"})


def lets_a_restore_do_what_it_asks_of_each_table(_world):
    """As the tests of dynamodb-restore hold it: what is exported is described, and nothing else."""
    found = {
        statement["Sid"]: {action.removeprefix("dynamodb:") for action in strings(statement["Action"])}
        for logical_id, statement in statements(load("template.yaml"))
        if logical_id == "DynamodbRestoreRole" and any(action.startswith("dynamodb:") for action in strings(statement["Action"]))
    }
    written = {"BatchGetItem", "BatchWriteItem", "DescribeTable", "Scan"}
    equal(
        found,
        {
            # The target: its expiry is told in the plan, and conditions are put one by one.
            "RestoreTables": written | {"DescribeTimeToLive", "PutItem"},
            "DrillInScratchTables": written | {"CreateTable", "DeleteTable", "ListTagsOfResource", "TagResource"},
            "LearnKeys": {"DescribeTable"},
        },
    )


def lets_the_reader_of_bigquery_read_exports_and_nothing_else(_world):
    template = load("infra/aws/foundation.yaml")
    (rights,) = of_type(template, "AWS::IAM::Policy").keys() - {"ExportRights"}
    may = {action: one for _, one in statements({"Resources": {rights: template["Resources"][rights]}}) for action in strings(one["Action"])}
    equal(may.keys(), {"s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject", "kms:Decrypt"})
    equal(may["s3:ListBucket"]["Resource"], {"Fn::GetAtt": ["Bucket", "Arn"]})
    equal(may["s3:GetBucketLocation"]["Resource"], {"Fn::GetAtt": ["Bucket", "Arn"]})
    equal(may["kms:Decrypt"]["Resource"], {"Fn::GetAtt": ["Key", "Arn"]})
    equal(may["kms:Decrypt"]["Condition"], {"StringEquals": {"kms:ViaService": {"Fn::Sub": "s3.${AWS::Region}.amazonaws.com"}}})
    (user,) = of_type(template, "AWS::IAM::User")
    equal(template["Resources"][rights]["Properties"]["Users"], [{"Ref": user}])
    equal({template["Resources"][one]["Condition"] for one in (user, rights)}, {"ReadsForBigquery"})


def makes_no_key_that_a_stack_would_show(_world):
    for name in TEMPLATES:
        equal(of_type(load(name), "AWS::IAM::AccessKey"), {})


def references(value):
    """Every `Ref` in VALUE, however deep."""
    if isinstance(value, dict):
        if "Ref" in value:
            yield value
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


CASES = [
    explains_every_star,
    passes_one_role_to_one_service,
    would_notice_a_careless_statement,
    lets_each_role_be_taken_by_one_service_of_this_account,
    lets_sam_make_no_role,
    lets_everybody_do_nothing,
    writes_only_below_its_own_folders,
    writes_only_to_tables_that_are_named_and_deletes_only_scratch,
    lets_a_restore_do_what_it_asks_of_each_table,
    lets_the_reader_of_bigquery_read_exports_and_nothing_else,
    makes_no_key_that_a_stack_would_show,
]
