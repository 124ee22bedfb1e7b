"""What brokerctl prints, compared with files that a person has read: RESOURCE_BROKER_GOLDEN=write makes them anew."""

import json
import os
import pathlib
import re

FOLDER = pathlib.Path(__file__).with_name("golden")
# What differs from run to run, in tables.
VOLATILE = [
    (re.compile(r"localhost:\d+"), "NODE"),
    (re.compile(r"127\.0\.0\.1:\d+"), "PEER"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(Z|[+-]\d\d:?\d\d)?"), "TIME"),
    (re.compile(r"\b[0-9a-f]{32,64}\b"), "ID"),
    (re.compile(r" on \S+, process \d+"), " on HOST, process PID"),
    (re.compile(r"\b(READY +)\d+"), r"\1PID"),
    (re.compile(r"\bup \S+"), "up AMOUNT"),
    (re.compile(r"\b\d+(\.\d+)? ?(us|µs|ms|s|min|h|d|B|KiB|MiB|GiB)\b"), "AMOUNT"),
    (re.compile(r"-{2,}|─+"), "--"),
    (re.compile(r" {2,}"), " "),
]
# Keys of JSON whose values do; the value's place is kept.
VOLATILE_KEYS = {"id", "operationId", "processId", "startedUnixUs", "uptimeMs", "unixUs", "timeUnixUs", "runTimeUs",
                 "queueTimeUs", "durationUs", "durationMs", "sessionId", "node", "from", "hash", "sha256", "threads",
                 "handles", "memoryBytes", "journalBytes", "diskFreeBytes", "nextPageToken", "loadedUnixUs", "file",
                 "pausedUnixUs", "acceptedUnixUs"}


def still(text, replacements):
    for old, new in replacements.items():
        text = text.replace(old, new)
    for pattern, word in VOLATILE:
        text = pattern.sub(word, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def still_json(value):
    if isinstance(value, dict):
        return {key: "…" if key in VOLATILE_KEYS else still_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [still_json(item) for item in value]
    return value


def check(test, name, text):
    path = FOLDER / name
    if os.environ.get("RESOURCE_BROKER_GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text)
    test.assertEqual(text, path.read_text() if path.exists() else "", f"{name} is not what it was")


def check_table(test, name, text, **replacements):
    check(test, f"{name}.txt", still(text, replacements))


def check_json(test, name, text):
    check(test, f"{name}.json", json.dumps(still_json(json.loads(text)), indent=2, ensure_ascii=False) + "\n")
