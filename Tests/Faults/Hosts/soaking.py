# SPDX-License-Identifier: MIT
"""What the processes of a soak hold, sample by sample: programs/soak.c and soak_in_python.py."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from places import environment

LINE = re.compile(
    r"process (?P<process>\d+): (?P<operations>\d+) operations, (?P<descriptors>\d+) descriptors, "
    r"(?P<heap>\d+) bytes of heap, (?P<resident>\d+) bytes resident, (?P<files>\d+) files"
    r"(, (?P<blocks>\d+) blocks of Python)?"
)


@dataclass(frozen=True)
class Sample:
    """What a process held after so many operations."""

    process: int
    operations: int
    descriptors: int
    heap: int
    resident: int
    files: int
    blocks: int


@dataclass(frozen=True)
class Course:
    """The samples of one process, the first of them taken after it warmed up."""

    samples: Sequence[Sample]

    def rise(self, what: str) -> int:
        """By how much something was more at its end than at the first sample, or negative."""
        return int(getattr(self.samples[-1], what)) - int(getattr(self.samples[0], what))

    @property
    def operations(self) -> int:
        """How many the process did."""
        return self.samples[-1].operations

    def most(self, what: str) -> int:
        """The largest of all samples."""
        return max(int(getattr(sample, what)) for sample in self.samples)


def soak(command: Sequence[str], directory: Path, seed: int, *arguments: object) -> list[Course]:
    """Runs a soak: the course of each of its processes."""
    # Chunks that malloc keeps for the next who asks would count as used.
    tunables = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
    done = subprocess.run(
        [*command, str(directory), str(seed), *map(str, arguments)],
        env=environment(**tunables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    samples: dict[int, list[Sample]] = {}
    for line in done.stdout.splitlines():
        found = LINE.fullmatch(line)
        assert found is not None, line
        sample = Sample(**{name: int(text or 0) for name, text in found.groupdict().items()})
        samples.setdefault(sample.process, []).append(sample)
    return [Course(course) for _, course in sorted(samples.items())]


def leftovers(directory: Path) -> list[str]:
    """Files in a store's directory that no session and no store needs."""
    return sorted(
        path.name
        for path in directory.iterdir()
        if path.name != ".session3" and (path.name.startswith(".") or path.stat().st_size == 0)
    )
