"""Runs the cases, and sums up."""

import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import image_cases
import migrate_cases
import restore_cases
import settings_cases
import story_cases
import sync_cases
import transfer_cases
from world import GCLOUD, World


def main(words):
    counts = {"passed": 0, "failed": 0}
    print("before gcloud is called")
    for case in chosen(settings_cases.CASES, words):
        with World() as world:
            tell(case, world, counts)
    stories = (story_cases.CASES + image_cases.CASES, restore_cases.CASES, transfer_cases.CASES, sync_cases.CASES, migrate_cases.CASES)
    stories = [story for story in stories if chosen(story, words)]
    if GCLOUD:
        print("with gcloud, against google.py")
        # Each has a world of its own, and gcloud keeps one processor busy.
        with ThreadPoolExecutor(max_workers=2) as at_once:
            list(at_once.map(lambda story: run_story(story, counts), stories))
    else:
        names = " ".join(case.__name__ for story in stories for case in story)
        print(f"gcloud is not installed, so these did not run: {names}")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] else 0 if GCLOUD else 77


def chosen(cases, words):
    """Those whose name or file holds one of WORDS; all without any. The cases of a story need each other, so it is run whole."""
    return [case for case in cases if not words or any(word in f"{case.__module__} {case.__name__}" for word in words)]


def run_story(cases, counts):
    """Each case needs what the one before made: after a failure the rest counts as failed, unrun."""
    with World() as world:
        world.start_google()
        for number, case in enumerate(cases):
            if not tell(case, world, counts):
                for unrun in cases[number + 1 :]:
                    print(f"  not run: {unrun.__name__}")
                    counts["failed"] += 1
                return


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
