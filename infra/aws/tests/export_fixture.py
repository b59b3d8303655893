"""A full export as DynamoDB writes it: gzip files of JSON lines, both manifests, and the MD5 of each beside it."""

import base64
import gzip
import hashlib
import json
from decimal import Decimal

FOLDER = "AWSDynamoDB/01795230000000-fixture0"


def items(count):
    """Items of some 400 bytes, with each type that an attribute may have."""
    for number in range(count):
        yield {
            "id": {"S": f"order-{number:06}"},
            "number": {"N": f"{number}.{'1234567890' * 3}"},
            "picture": {"B": encoded(bytes([number % 256, 0, 255, 10]))},
            "tags": {"SS": ["new", f"tag-{number % 7}"]},
            "sizes": {"NS": ["-1", str(number)]},
            "parts": {"BS": [encoded(b"\x00"), encoded(b"\xff\xfe")]},
            "address": {"M": {"city": {"S": "大阪"}, "lines": {"L": [{"S": ""}, {"NULL": True}, {"BOOL": number % 2 == 0}]}}},
            "words": {"S": "x" * 150},
        }


def encoded(content):
    return base64.b64encode(content).decode()


def md5(content):
    return encoded(hashlib.md5(content, usedforsecurity=False).digest())


def write_export(client, bucket, table, content, files, damaged=None):
    """Writes an export of `table` with the items `content` in so many `files`; gives the address of its manifest.

    Of the file with the number `damaged` the list tells the MD5 of another content.
    """
    lines = [[] for _ in range(files)]
    for number, item in enumerate(content):
        lines[number % files].append(json.dumps({"Item": item}, ensure_ascii=False, separators=(",", ":")))
    folder = f"{FOLDER}-{table}"
    listed = []
    for number, one in enumerate(lines):
        packed = gzip.compress("".join(f"{line}\n" for line in one).encode(), mtime=0)
        key = f"{folder}/data/{hashlib.sha256(str(number).encode()).hexdigest()[:26]}.json.gz"
        etag = client.put_object(Bucket=bucket, Key=key, Body=packed)["ETag"].strip('"')
        told = md5(b"another content") if number == damaged else md5(packed)
        listed.append({"itemCount": len(one), "md5Checksum": told, "etag": f"{etag}-1", "dataFileS3Key": key})
    files_key = f"{folder}/manifest-files.json"
    account = "arn:aws:dynamodb:ap-northeast-1:123456789012"
    summary = {
        "version": "2020-06-30",
        "exportArn": f"{account}:table/{table}/export/{folder.split('/')[1]}",
        "startTime": "2026-11-21T18:00:00.000Z",
        "endTime": "2026-11-21T18:10:00.000Z",
        "tableArn": f"{account}:table/{table}",
        "tableId": "12345678-0000-4000-8000-000000000000",
        "exportTime": "2026-11-21T18:00:00.000Z",
        "s3Bucket": bucket,
        "s3Prefix": None,
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": None,
        "manifestFilesS3Key": files_key,
        "billedSizeBytes": 0,
        "itemCount": sum(one["itemCount"] for one in listed),
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
    }
    manifests = {files_key: "".join(f"{json.dumps(one)}\n" for one in listed), f"{folder}/manifest-summary.json": json.dumps(summary)}
    for key, text in manifests.items():
        client.put_object(Bucket=bucket, Key=key, Body=text.encode())
        client.put_object(Bucket=bucket, Key=key.replace(".json", ".md5"), Body=md5(text.encode()).encode())
    return f"s3://{bucket}/{folder}/manifest-summary.json"


def canonical(value):
    """An item, or a value in it, so that equal ones are equal: base64 as bytes, numbers by value, sets without order."""
    if isinstance(value, list):
        return [canonical(one) for one in value]
    if len(value) == 1 and (kind := next(iter(value))) in KINDS:
        return kind, KINDS[kind](value[kind])
    return {name: canonical(one) for name, one in value.items()}


def content(value):
    return base64.b64decode(value) if isinstance(value, str) else bytes(value)


KINDS = {
    "S": str,
    "N": Decimal,
    "B": content,
    "BOOL": bool,
    "NULL": bool,
    "SS": frozenset,
    "NS": lambda numbers: frozenset(map(Decimal, numbers)),
    "BS": lambda contents: frozenset(map(content, contents)),
    "L": canonical,
    "M": canonical,
}
