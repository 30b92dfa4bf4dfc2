# SPDX-License-Identifier: MIT
"""Saves sessions as many a program does: a temporary file and a rename, with no sync. What a power
cut does to it shows that the judge of power cuts can see a loss.

    python rename_writer.py DIRECTORY LOG SEED NAME PAUSE_US

The log is that of programs/power_writer.c.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import format1
from power_history import attributes

SESSIONS = 20
CREATED_US = 1_700_000_000_000_000


class Writer:
    """Saves sessions in turn."""

    def __init__(self, directory: Path, log: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def save(self, number: int, step: int, size: int) -> None:
        """Makes a session what it is to be, new or old."""
        id = f"{self.name}-{number}"
        kind = "create" if step == 1 else "save"
        os.write(self.log, f"B {kind} {id} {step} {size} 0\n".encode())
        payload = format1.encode_payload({"attributes": attributes(step, size, 0)})
        record = format1.Record(step, CREATED_US, 1, payload)
        temporary = self.directory / f".grow-{id}"
        temporary.write_bytes(format1.encode_file(id, record))
        temporary.rename(self.directory / id)
        os.write(self.log, f"E 0 {id}\n".encode())


def main(directory: str, log: str, seed: str, name: str, pause_us: str) -> None:
    chance = random.Random(int(seed))
    is_over = False

    def end(number: int, frame: object) -> None:
        nonlocal is_over
        is_over = True

    signal.signal(signal.SIGTERM, end)
    writer = Writer(Path(directory), Path(log), name)
    step = 0
    while not is_over:
        step += 1
        for number in range(SESSIONS):
            writer.save(number, step, chance.randrange(1000))
            time.sleep(int(pause_us) / 2e6)


if __name__ == "__main__":
    main(*sys.argv[1:])
