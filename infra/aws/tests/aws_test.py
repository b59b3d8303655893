"""Runs the cases, and sums up."""

import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import lint_cases
import parameter_cases
import policy_cases
import settings_cases
import story_cases
import trigger_cases
import workflow_cases
from world import World

# Each of these stands alone; the story's cases go on from one another.
ALONE = [lint_cases, policy_cases, parameter_cases, trigger_cases, workflow_cases, settings_cases]


def main(words):
    counts = {"passed": 0, "failed": 0}
    # The story waits for one program after the other: the rest is done beside it.
    with ThreadPoolExecutor() as beside:
        stories = beside.submit(run_story, chosen(story_cases, words), counts)
        for module in ALONE:
            for case in chosen(module, words):
                with World() as world:
                    tell(case, world, counts)
        stories.result()
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] or not counts["passed"] else 0


def run_story(story, counts):
    if not story:
        return
    with World() as world:
        world.start_ministack()
        for number, case in enumerate(story):
            if not tell(case, world, counts):
                for unrun in story[number + 1 :]:
                    print(f"  not run: {unrun.__name__}")
                    counts["failed"] += 1
                return


def chosen(module, words):
    return [case for case in module.CASES if not words or any(w in case.__name__ or w in module.__name__ for w in words)]


def tell(case, world, counts):
    started = time.monotonic()
    try:
        case(world)
    except Exception:  # noqa: BLE001 - whatever it is, it is a failed case
        counts["failed"] += 1
        print(f"  FAILED: {case.__name__}")
        traceback.print_exc(file=sys.stdout)
        return False
    counts["passed"] += 1
    print(f"  ok {time.monotonic() - started:5.1f} s  {case.__name__}", flush=True)
    return True


sys.exit(main(sys.argv[1:]))
