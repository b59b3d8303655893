"""The templates as Python values, with each intrinsic in its long form."""

from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
TEMPLATES = ("template.yaml", "infra/aws/foundation.yaml")


class Loader(yaml.SafeLoader):
    """YAML with `!Ref` and the like."""


def intrinsic(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", intrinsic)


def load(name):
    return yaml.load((REPOSITORY / name).read_text(), Loader)  # noqa: S506 - a subclass of the safe one


def strings(value):
    """Every text in VALUE, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def as_list(value):
    return value if isinstance(value, list) else [value]


def statements(template):
    """Every statement of every policy, as `(logical id, statement)`."""

    def walk(value):
        if isinstance(value, dict):
            if "Statement" in value:
                yield from as_list(value["Statement"])
            else:
                for one in value.values():
                    yield from walk(one)
        elif isinstance(value, list):
            for one in value:
                yield from walk(one)

    for logical_id, resource in template["Resources"].items():
        for statement in walk(resource["Properties"] if "Properties" in resource else {}):
            yield logical_id, statement


def of_type(template, kind):
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}
