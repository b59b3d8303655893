"""What the linters of the field say, without a word of complaint."""

import os
import re
import subprocess

from cloudformation import REPOSITORY, TEMPLATES, load
from expect import equal
from world import program


def run(*command):
    environment = {**os.environ, "AWS_DEFAULT_REGION": "ap-northeast-1", "SAM_CLI_TELEMETRY": "0"}
    finished = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=240, check=False)
    equal(finished.returncode, 0, f"{' '.join(command)}\n{finished.stdout}\n{finished.stderr}")
    return finished.stdout


def sam_validates_the_template(_world):
    for name in TEMPLATES:
        run(program("sam"), "validate", "--lint", "--template-file", name)


def cfn_lint_has_nothing_to_say(_world):
    equal(run(program("cfn-lint"), *TEMPLATES), "")


def checkov_has_nothing_to_say(_world):
    for name in TEMPLATES:
        words = run(program("checkov"), "--file", name, "--framework", "cloudformation", "--skip-download", "--compact", "--quiet")
        passed, skipped = map(int, re.search(r"Passed checks: (\d+), Failed checks: 0, Skipped checks: (\d+)", words).groups())
        assert passed > 20, f"only {passed} checks of {name} ran"
        equal(skipped, len(skips(load(name))), f"skips of {name}")


def skips(template):
    return [
        skip
        for resource in template["Resources"].values()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]


def has_a_reason_beside_each_skip(_world):
    for name in TEMPLATES:
        for skip in skips(load(name)):
            assert len(skip.get("comment", "").split()) > 5, f"{name}: {skip['id']} is skipped without a reason"


def fits_where_sam_puts_it(_world):
    # SAM uploads a template beside the packages. CloudFormation takes a megabyte from a bucket, of what becomes of it, too.
    for name in TEMPLATES:
        size = (REPOSITORY / name).stat().st_size
        assert size <= 200_000, f"{name} has {size} bytes"


CASES = [
    sam_validates_the_template,
    cfn_lint_has_nothing_to_say,
    checkov_has_nothing_to_say,
    has_a_reason_beside_each_skip,
    fits_where_sam_puts_it,
]
