"""Expectations that say what was found."""


def equal(found, wanted, words=""):
    assert found == wanted, f"{words}\n  found:  {found}\n  wanted: {wanted}"


def holds(text, *parts):
    for part in parts:
        assert part in text, f"`{part}` is not in:\n{text}"


def lacks(text, *parts):
    for part in parts:
        assert part not in text, f"`{part}` is in:\n{text}"


def deploys_without_a_write(world):
    """Deploying what is deployed already asks and changes nothing; gives the words."""
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal((code, world.writes(since)), (0, []), words)
    return words
