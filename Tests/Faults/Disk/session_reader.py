# SPDX-License-Identifier: MIT
"""What sessions a directory holds, as the library and as the independent reader see them.

They read in a process of their own, read_sessions.py, so that a crash or a hang of the library is
seen as one.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from places import environment

# Longer than any answer takes; a store waits 5 s for a lock.
PATIENCE = 60.0

# What is found under an id.
SESSION, ABSENT, CORRUPT = "session", "absent", "corrupt"


@dataclass(frozen=True)
class Found:
    """What is stored under an id."""

    kind: str
    attributes: dict[str, Any] = field(default_factory=dict)
    # What the next operations on it did: "saved", "created", "created anew" after a deletion,
    # "refused", or "" where there were none.
    next: str = ""


class Reader:
    """The process that reads; `session_reader` starts one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def read(self, directory: Path, ids: Iterable[str], *, used: Iterable[str]) -> dict[str, Found]:
        """What is stored under ids. Those that are `used` then are saved or created, and leftovers
        are swept.

        Fails where the two readers differ, where the next operation does not what it says, and
        where the library hangs or ends its process.
        """
        assert self._process.stdin
        assert self._process.stdout
        request = {"directory": str(directory), "ids": list(ids), "used": list(used)}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        assert ready, f"the library hangs over {directory}"
        answer = self._process.stdout.readline()
        assert answer, f"the library ended the process over {directory}: {self._process.wait()}"
        told = json.loads(answer)
        assert isinstance(told, dict), told
        return {id: Found(**found) for id, found in told.items()}


@contextmanager
def session_reader() -> Iterator[Reader]:
    """Starts a reader, and ends it."""
    script = Path(__file__).with_name("read_sessions.py")
    process = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        yield Reader(process)
    finally:
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
