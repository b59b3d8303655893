"""Orders as the lines of a full export of DynamoDB, about 375 bytes each."""

import json
import random
import zlib

GZIP_WINDOW = 31
"""Tells zlib to write gzip's format."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ID_PREFIX = b'{"Item":{"order_id":{"S":"'
ID_DIGITS = 24
SPREAD = 0x9E3779B97F4A7C15F39CC060 | 1
"""Odd, so that no two orders have the same id; large, so that neighbours look nothing alike."""


def block(count):
    """Lines of a full export: orders of about 375 bytes, no two alike."""
    chance = random.Random(1)
    words = ["".join(chance.choices(LETTERS, k=chance.randint(3, 9))) for _ in range(2000)]
    orders = (order(chance, words) for _ in range(count))
    return b"".join(json.dumps({"Item": item}, separators=(",", ":")).encode() + b"\n" for item in orders)


def order(chance, words):
    day, hour, minute = chance.randint(1, 28), chance.randrange(24), chance.randrange(60)
    address = {"zip": {"S": f"{chance.randrange(10**7):07}"}, "city": {"S": chance.choice(words)}}
    return {
        "order_id": {"S": f"{chance.getrandbits(96):024x}"},
        "customer": {"N": str(chance.randrange(10**7))},
        "ordered_at": {"S": f"2026-11-{day:02}T{hour:02}:{minute:02}:00Z"},
        "total": {"N": f"{chance.randrange(10**6)}.{chance.randrange(100):02}"},
        "paid": {"BOOL": chance.random() < 0.9},
        "note": {"S": " ".join(chance.choices(words, k=12))},
        "tags": {"SS": sorted(set(chance.choices(words, k=3)))},
        "address": {"M": address},
    }


def write(path, first, count, rests):
    """Packs `count` orders into one gzip member, beginning with number `first`; gives the bytes of their lines.

    `rests` are lines without their ids, which repeat; the ids do not.
    """
    packer = zlib.compressobj(6, zlib.DEFLATED, GZIP_WINDOW)
    unpacked = 0
    with open(path, "wb") as file:
        for start in range(first, first + count, len(rests)):
            numbers = range(start, min(start + len(rests), first + count))
            lines = b"".join(ID_PREFIX + order_id(number) + rest for number, rest in zip(numbers, rests, strict=False))
            unpacked += len(lines)
            file.write(packer.compress(lines))
        file.write(packer.flush())
    return unpacked


def order_id(number):
    return b"%024x" % (number * SPREAD % 16**ID_DIGITS)


def rests(count):
    """Lines of orders from behind their ids on."""
    skip = len(ID_PREFIX) + ID_DIGITS
    return [line[skip:] for line in block(count).splitlines(keepends=True)]
