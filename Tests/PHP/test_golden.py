# SPDX-License-Identifier: MIT
"""PHP reads and saves the golden files; an independent reader checks what became of them."""

from __future__ import annotations

import math
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from format1 import encode_payload, read_file
from format1_golden import BAD, GOOD, index, name_of, payload_of
from format1_messagepack import Timestamp, Value
from php import Php

LAST_REVISION = 2**64 - 1
# No host that counts microseconds in 64 bits can tell these.
BEYOND_INTEGERS = "times_beyond_calendars.session"
# Of a digit's name PHP makes an int, and can't say that it was text.
READ = [entry for entry in index(GOOD) if entry["file"] != BEYOND_INTEGERS]
SAVED = [entry for entry in READ if int(entry["revision"]) < LAST_REVISION]

# Each directory holds one session; what PHP makes of it is told in the words of `seen`.
VISIT_ALL = """
function seen(mixed $value): mixed
{
    $pairs = fn(array $items): array => array_map(
        fn($key, $item) => ["$key", seen($item)],
        array_keys($items),
        $items,
    );
    return match (true) {
        is_int($value) => "int $value",
        is_float($value) => is_nan($value) ? 'nan' : 'double ' . bin2hex(pack('E', $value)),
        is_string($value) => 'text ' . bin2hex($value),
        is_array($value) => $pairs($value),
        $value instanceof DateTimeImmutable => 'time ' . $value->format('U u'),
        default => $value,
    };
}
foreach (file('php://stdin', FILE_IGNORE_NEW_LINES) as $line) {
    [$directory, $id, $is_saved] = explode(' ', $line);
    $handler = new Session3\\SessionHandler($directory);
    session_set_save_handler($handler, true);
    $failure = failure(function () use ($id, $is_saved, $handler) {
        $is_known = visit($id);
        tell([$is_known, seen($_SESSION), seen($handler->user())]);
        if ($is_saved) {
            $_SESSION['added'] = 1;
            session_write_close();
        } else {
            session_abort();
        }
    });
    $failure === null || tell($failure);
}
"""


def seen(value: Value) -> Any:
    """What PHP is to make of a value."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return f"int {value}" if value < 2**63 else f"text {str(value).encode().hex()}"
    if isinstance(value, float):
        return "nan" if math.isnan(value) else f"double {struct.pack('>d', value).hex()}"
    if isinstance(value, (str, bytes)):
        return "text " + (value.encode() if isinstance(value, str) else value).hex()
    if isinstance(value, Timestamp):
        return f"time {value.seconds} {value.nanoseconds // 1000:06d}"
    if isinstance(value, list):
        return [[str(key), seen(item)] for key, item in enumerate(value)]
    return [[key, seen(item)] for key, item in value.items()]


def visit_all(
    php: Php, source: Path, entries: list[dict[str, Any]], *, is_saved: bool
) -> tuple[list[Any], list[Path]]:
    """Lets PHP start a request with each golden file; what it told, and the files."""
    paths = []
    lines = []
    for entry in entries:
        directory = php.directory / name_of(entry)
        directory.mkdir(parents=True)
        paths.append(Path(shutil.copyfile(source / entry["file"], directory / entry["id"])))
        lines.append(f"{directory} {entry['id']} {int(is_saved)}\n")
    process = php.start(VISIT_ALL)
    assert process.stdin is not None
    process.stdin.write("".join(lines))
    return php.finish(process), paths


def test_php_sees_what_a_good_file_is_described_to_hold(php: Php) -> None:
    told, paths = visit_all(php, GOOD, READ, is_saved=False)
    for entry, answer, path in zip(READ, told, paths, strict=True):
        payload = payload_of(entry["payload"])
        attributes = payload.get("attributes", {})
        assert isinstance(attributes, dict)
        stored = {name: attributes[name] for name in sorted(attributes, key=str.encode)}
        assert answer == [True, seen(stored), seen(payload.get("user"))], entry["file"]
        assert path.read_bytes() == (GOOD / entry["file"]).read_bytes()


def test_php_keeps_all_that_the_program_did_not_change(php: Php) -> None:
    _, paths = visit_all(php, GOOD, SAVED, is_saved=True)
    for entry, path in zip(SAVED, paths, strict=True):
        expected = payload_of(entry["payload"])
        attributes = expected.setdefault("attributes", {})
        assert isinstance(attributes, dict)
        attributes["added"] = 1
        stored = read_file(path.read_bytes(), entry["id"]).record
        assert stored.payload == encode_payload(expected), entry["file"]
        assert stored.revision == int(entry["revision"]) + 1
        assert stored.created_us == entry["created_us"]
        assert stored.incarnation == int(entry["incarnation"], 16)


def test_bad_files_are_unknown_sessions_and_stay_as_they_are(php: Php) -> None:
    bad = [entry for entry in index(BAD) if entry["answer"] != "not found"]
    told, paths = visit_all(php, BAD, bad, is_saved=True)
    for entry, answer, path in zip(bad, told, paths, strict=True):
        assert answer == [False, [], None], entry["file"]
        assert path.read_bytes() == (BAD / entry["file"]).read_bytes()
        # The visitor has another session, and the program's change is in that.
        assert sum(not file.name.startswith(".") for file in path.parent.iterdir()) == 2
    lines = [line for line in php.errors.splitlines() if ": a session: " in line]
    assert len(lines) == len(bad)
    assert not any(entry["id"] in php.errors for entry in bad)


def test_a_time_that_no_integer_holds_is_an_error_and_stays(php: Php) -> None:
    [entry] = [entry for entry in index(GOOD) if entry["file"] == BEYOND_INTEGERS]
    [answer], [path] = visit_all(php, GOOD, [entry], is_saved=True)
    assert answer[0] == "RuntimeException"
    assert path.read_bytes() == (GOOD / entry["file"]).read_bytes()


@pytest.mark.parametrize("precision", ["5", "17", "-1"])
def test_doubles_are_no_change_in_whatever_precision_php_shows_them(
    php: Php, precision: str
) -> None:
    php.settings = {"serialize_precision": precision}
    [entry] = [entry for entry in index(GOOD) if entry["file"] == "doubles.session"]
    _, [path] = visit_all(php, GOOD, [entry], is_saved=True)
    expected = payload_of(entry["payload"])
    attributes = expected["attributes"]
    assert isinstance(attributes, dict)
    attributes["added"] = 1
    assert read_file(path.read_bytes(), entry["id"]).record.payload == encode_payload(expected)
