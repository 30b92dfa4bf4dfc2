# SPDX-License-Identifier: MIT
"""Makes a stored session older than it is, in its file, after docs/format.md."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Python"))

from format1 import decode_payload, encode_file, encode_payload, read_file
from format1_messagepack import Timestamp


def make_older(file: Path, seconds: int, *, idle: bool = True) -> None:
    """Moves a session's creation and its login into the past; its last use, too, if idle.

    Servers take the later of the file's mtime and the creation for the last use.
    """
    status = file.stat()
    record = read_file(file.read_bytes(), file.name).record
    fields = decode_payload(record.payload)
    login = fields.get("authenticated")
    if isinstance(login, Timestamp):
        fields["authenticated"] = login._replace(seconds=login.seconds - seconds)
    older = replace(
        record,
        created_us=record.created_us - seconds * 1_000_000,
        payload=encode_payload(fields),
    )
    file.write_bytes(encode_file(file.name, older, size=status.st_size))
    shift = seconds * 1_000_000_000 if idle else 0
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns - shift))
