"""Settings, parameters and variables: three names of the same thing, and nobody lost on the way."""

import re
import subprocess

from cloudformation import REPOSITORY, load, of_type
from expect import equal

TEMPLATE = load("template.yaml")
FOUNDATION = load("infra/aws/foundation.yaml")
SAMPLE = (REPOSITORY / "infra/environments/sample-aws.env").read_text()
FUNCTIONS = {"RdsSnapshotExport": "rds-snapshot-export", "DynamodbExport": "dynamodb-export", "DynamodbRestore": "dynamodb-restore"}
# What the foundation makes, and deploy.sh hands on.
FROM_FOUNDATION = {"S3ExportBucketName", "S3ExportIamRoleArn", "KmsKeyId", "NotifyTopic"}
# What is no variable, and where it goes instead.
ELSEWHERE = {
    "NotifyWebhookSecret": "NOTIFY_WEBHOOK",
    "GoogleCredentialsFile": "GOOGLE_APPLICATION_CREDENTIALS",
    "Architecture": "Globals",
    "LogRetentionDays": "RetentionInDays",
    "RdsSchedule": "ScheduleExpression",
    "DynamodbSchedule": "ScheduleExpression",
    "DrillSchedule": "ScheduleExpression",
    "DrillMaxAgeDays": "DrillMaxAge",
    "RestoreTables": "arn:aws:dynamodb:*:*:table/${Names}",
    "RestoreImport": "dynamodb:ImportTable",
}
# Parameters of a variable that is called the same in another function, where it means something else.
OTHERWISE = {("DynamodbRestore", "VERIFY"): "RestoreVerify"}
# Settings that no deployment gives, and why.
NOT_GIVEN = {
    "dynamodb-restore": {
        "TABLE_NAME": "each restore names its target; one that a deployment had set is how the wrong table would be written",
        "INVOCATION_TIME": "its default is what the 15 minutes of the function allow",
    }
}


def setting_name(parameter):
    """DB_CLUSTER_IDENTIFIER of DbClusterIdentifier."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", parameter).upper()


def variables(resource):
    return TEMPLATE["Resources"][resource]["Properties"]["Environment"]["Variables"]


def sample_settings():
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", SAMPLE, re.MULTILINE))


def shell(expression):
    """What bash says, with the settings of deploy.sh at hand."""
    script = f"source infra/settings.sh; source infra/aws/settings.sh; source infra/aws/parameters.sh; {expression}"
    finished = subprocess.run(["bash", "-euc", script], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=20)
    return finished.stdout


def explains_every_parameter_in_the_sample(_world):
    settings = sample_settings()
    for parameter in {*TEMPLATE["Parameters"], *FOUNDATION["Parameters"]}:
        name = setting_name(parameter)
        if parameter in FROM_FOUNDATION:
            assert name not in settings and name in SAMPLE, f"sample-aws.env does not say where {name} comes from"
        else:
            assert name in settings, f"sample-aws.env does not explain {name}"
    known = {setting_name(one) for one in (*TEMPLATE["Parameters"], *FOUNDATION["Parameters"])} | {"REGION", "ACCOUNT"}
    equal(settings - known, set(), "settings of sample-aws.env that nothing takes")


def describes_every_parameter_in_words(_world):
    for parameter, one in {**TEMPLATE["Parameters"], **FOUNDATION["Parameters"]}.items():
        assert len(one.get("Description", "").split()) > 4, f"{parameter} has no description"


def brings_every_parameter_to_a_function(_world):
    for parameter in TEMPLATE["Parameters"]:
        where = [resource for resource in FUNCTIONS if {"Ref": parameter} in variables(resource).values()]
        if parameter in ELSEWHERE:
            equal(where, [], parameter)
            assert ELSEWHERE[parameter] in str(TEMPLATE), f"{parameter} has no effect"
            where = {name: TEMPLATE[name] for name in ("Conditions", "Globals", "Resources")}
            assert parameter in str(where), f"{parameter} has no effect"
        else:
            assert where, f"{parameter} reaches no function"


def names_every_variable_like_its_parameter(_world):
    for resource in FUNCTIONS:
        for variable, value in variables(resource).items():
            # Under a condition it is the value of the one branch that is not NoValue.
            branches = value["Fn::If"][1:] if "Fn::If" in value else [value]
            (value,) = [one for one in branches if one != {"Ref": "AWS::NoValue"}]
            if variable in ("NOTIFY_WEBHOOK", "GOOGLE_APPLICATION_CREDENTIALS"):
                (parameter,) = [name for name, there in ELSEWHERE.items() if there == variable]
                assert f"${{{parameter}}}" in value["Fn::Sub"], f"{resource}: {variable}"
            else:
                expected = OTHERWISE.get((resource, variable))
                equal(value["Ref"] if expected else setting_name(value["Ref"]), expected or variable, resource)


def knows_every_setting_of_the_functions(_world):
    for resource, function in FUNCTIONS.items():
        files = [REPOSITORY / f"functions/{function}/src/config.rs"]
        if function.endswith("-export"):
            files.append(REPOSITORY / "crates/reconcile/src/settings.rs")
        lines = [line for file in files for line in file.read_text().splitlines() if re.match(r" *///.*`[A-Z0-9_]+`.*:", line)]
        names = {name for line in lines for name in re.findall(r"`([A-Z][A-Z0-9_]{2,})`", line.split(": ")[0])}
        assert len(names) > 10, f"only these settings of {function} were found: {names}"
        missing = names - variables(resource).keys() - NOT_GIVEN.get(function, {}).keys()
        equal(missing, set(), f"settings of {function} that template.yaml does not give")


def gives_the_defaults_of_the_templates(_world):
    """An unset setting is given, too, and must then be what the template's own default is."""
    for template, names in (("FOUNDATION", FOUNDATION), ("TEMPLATE", TEMPLATE)):
        words = shell(f'parameters_from_settings "${{{template}_SETTINGS[@]}}"')
        given = dict(re.findall(r'^(\w+): "(.*)"$', words, re.MULTILINE))
        for parameter, one in names["Parameters"].items():
            if parameter not in FROM_FOUNDATION | {"ExportS3Bucket", "GoogleCredentialsFile"}:
                equal(given.get(parameter), str(one["Default"]), parameter)


def takes_the_same_of_a_setting_as_the_templates(_world):
    """Each value of the sample passes the pattern of its parameter."""
    for name, value in re.findall(r"^#?([A-Z][A-Z0-9_]*)='?(.*?)'?$", SAMPLE, re.MULTILINE):
        for parameter, one in {**TEMPLATE["Parameters"], **FOUNDATION["Parameters"]}.items():
            if setting_name(parameter) == name and parameter != "GoogleCredentialsFile":
                assert re.search(one.get("AllowedPattern", ""), value), f"{name}={value} is not for {parameter}"
                assert value in map(str, one.get("AllowedValues", [value])), f"{name}={value} is not for {parameter}"


def names_no_resource_itself(_world):
    """A second environment fits into the same account: where a name has to be given, the stack's is in it."""
    names = ("FunctionName", "RoleName", "BucketName", "TopicName", "QueueName", "AlarmName", "LogGroupName", "Name")
    for template in (TEMPLATE, FOUNDATION):
        for logical_id, resource in template["Resources"].items():
            for name, value in resource["Properties"].items():
                assert name not in names or "${AWS::StackName}" in str(value), f"{logical_id} would be called {value} in each environment"
    for function in of_type(TEMPLATE, "AWS::Serverless::Function").values():
        for event in function.get("Events", {}).values():
            if event["Type"] == "ScheduleV2":
                equal(event["Properties"].get("OmitName"), True, "SAM would name the schedule after function and event only")


CASES = [
    explains_every_parameter_in_the_sample,
    describes_every_parameter_in_words,
    brings_every_parameter_to_a_function,
    names_every_variable_like_its_parameter,
    knows_every_setting_of_the_functions,
    gives_the_defaults_of_the_templates,
    takes_the_same_of_a_setting_as_the_templates,
    names_no_resource_itself,
]
