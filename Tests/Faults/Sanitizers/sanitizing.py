# SPDX-License-Identifier: MIT
"""Programs under the sanitizers and under valgrind, and what these found."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from build_lock import build_lock
from places import BUILD, LIBRARY, ROOT, environment

ABI = BUILD / "Tests" / "ABI"
SANITIZED = BUILD / "sanitized"
FLAGS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g1", "-O0"]
SUPPRESSIONS = Path(__file__).with_name("valgrind.supp")

# What a sanitizer does when it finds something; leaks are looked for at exit.
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}

MEMCHECK = [
    *("--tool=memcheck", "--leak-check=full", "--show-leak-kinds=definite"),
    *("--errors-for-leak-kinds=definite", "--track-fds=yes"),
]


def build_sanitized(source: str, *targets: str) -> Path:
    """Builds a folder of Tests under AddressSanitizer and UndefinedBehaviorSanitizer, against the
    library as it is shipped."""
    build = SANITIZED / source
    flags = " ".join(FLAGS)
    configure = ["cmake", "-G", "Ninja", "-S", str(ROOT / "Tests" / source), "-B", str(build)]
    configure += [f"-DSESSION3_LIBRARY={LIBRARY}", f"-DCMAKE_C_FLAGS={flags}"]
    target = ["--target", *targets] if targets else []
    with build_lock(build):
        for command in (configure, ["cmake", "--build", str(build), *target]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    return build


def build_easy(abi: Path) -> Path:
    """Builds the tests of session3_easy.h in the same way."""
    build = SANITIZED / "easy"
    folders = ("include", "bindings/c", "Tests/ABI")
    includes = [f"-I{ROOT / folder}" for folder in folders]
    with build_lock(build):
        build.mkdir(exist_ok=True)
        for source in sorted((ROOT / "bindings" / "c" / "tests").glob("*.c")):
            # Another run may be running the one that is there.
            fresh = build / f"{source.stem}.new"
            command = ["cc", "-std=c11", "-D_GNU_SOURCE", *FLAGS, *includes]
            command += [str(source), "-o", str(fresh), str(abi / "libabi_support.a"), LIBRARY]
            command += [f"-Wl,-rpath,{Path(LIBRARY).parent}", "-lcmocka", "-lpthread"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            fresh.replace(build / source.stem)
    return build


def executables(folder: Path, *patterns: str) -> list[Path]:
    """The programs that were built there."""
    found = [path for pattern in patterns for path in folder.glob(pattern)]
    return sorted(path for path in found if path.is_file() and path.suffix == "")


def run(command: Sequence[object], **variables: str) -> tuple[int, str]:
    """Runs a program: how it ended, and what it printed."""
    # The harness has room for short paths only.
    with tempfile.TemporaryDirectory(prefix="s3-", dir="/tmp") as place:
        done = subprocess.run(
            [str(word) for word in command],
            env=environment(TMPDIR=place, **variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    return done.returncode, done.stdout


def run_sanitized(command: Sequence[object]) -> tuple[int, str]:
    """Runs a program that was built with the sanitizers."""
    return run(command, **SANITIZER_OPTIONS)


@dataclass(frozen=True)
class Report:
    """What valgrind found in one process."""

    text: str
    errors: int
    leaks: int
    descriptors: list[str]


@dataclass(frozen=True)
class Examined:
    """How a program ended under valgrind, and what was found in it and in its children."""

    code: int
    output: str
    reports: Sequence[Report]

    @property
    def faults(self) -> list[str]:
        """What is wrong, in words; empty if nothing is."""
        wrong = [report.text for report in self.reports if report.errors > report.leaks]
        # A child that ends in the midst of a call drops what its parent's other threads had.
        parent = self.reports[0]
        if parent.leaks or parent.descriptors:
            wrong.append(parent.text)
        return wrong + ([] if self.code == 0 else [f"ended with {self.code}\n{self.output}"])


def valgrind(tool: Sequence[str], command: Sequence[object], logs: Path) -> Examined:
    """Runs a program under a tool of valgrind's, which writes into a new directory."""
    logs.mkdir()
    options = [f"--suppressions={SUPPRESSIONS}", "--fair-sched=try", f"--log-file={logs}/%p"]
    code, output = run(["valgrind", *tool, *options, *command])
    # The parent's report is the one of the smallest number, unless numbers began anew: it is the
    # one whose parent is none of the others.
    texts = {path.name: path.read_text(errors="replace") for path in logs.iterdir()}
    first = [text for text in texts.values() if parent_of(text) not in texts]
    assert len(first) == 1, output
    others = [text for text in texts.values() if text != first[0]]
    return Examined(code, output, [report_of(text) for text in [*first, *others]])


def parent_of(text: str) -> str:
    """The number of a process' parent, which valgrind tells at the head of its log."""
    found = re.search(r"Parent PID: (\d+)", text)
    return found[1] if found else ""


def report_of(text: str) -> Report:
    """Reads a log."""
    found = re.search(r"ERROR SUMMARY: ([\d,]+) errors", text)
    # A process that was killed has no summary.
    errors = int(found[1].replace(",", "")) if found else 0
    leaks = len(re.findall(r"are definitely lost in loss record", text))
    # What was open before the program began is followed by these words.
    opened = re.findall(r"Open (?:file descriptor|AF_\w+ socket) .*\n(?!.*<inherited)", text)
    return Report(text, errors, leaks, opened)
