# SPDX-License-Identifier: MIT
"""What the processes of a soak hold, sample by sample: programs/soak.c and soak_in_python.py."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from places import environment, program

THREADS_IN_C = 2
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


def soak_in_c(
    directory: Path, seed: int, operations: int, *leak: str, processes: int = 1, samples: int
) -> list[Course]:
    """Soaks processes of programs/soak.c: the course of each."""
    command = [program("soak"), str(directory), str(seed), str(operations)]
    command += [str(processes), str(THREADS_IN_C), str(samples), *leak]
    return soak(command, processes, samples)


def soak_in_python(
    directory: Path, seed: int, operations: int, *leak: str, samples: int
) -> list[Course]:
    """Soaks a process of soak_in_python.py: its course."""
    script = Path(__file__).with_name("soak_in_python.py")
    command = [sys.executable, str(script), str(directory), str(seed), str(operations)]
    # One sample before the first operation that counts.
    return soak([*command, str(samples - 1), *leak], 1, samples)


def soak(command: Sequence[str], processes: int, samples: int) -> list[Course]:
    """Runs a soak: the course of each of its processes, which must have so many samples."""
    # Chunks that malloc keeps for the next who asks would count as used.
    tunables = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
    done = subprocess.run(
        command, env=environment(**tunables), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    taken: dict[int, list[Sample]] = {}
    for line in done.stdout.splitlines():
        found = LINE.fullmatch(line)
        assert found is not None, line
        sample = Sample(**{name: int(text or 0) for name, text in found.groupdict().items()})
        taken.setdefault(sample.process, []).append(sample)
    assert len(taken) == processes
    assert {len(course) for course in taken.values()} == {samples}, "samples are missing"
    return [Course(course) for _, course in sorted(taken.items())]
