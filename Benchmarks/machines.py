# SPDX-License-Identifier: MIT
"""What a run ran on."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from contenders import ROOT


def machine_name() -> str:
    """Processor and kernel: between two of one name figures differ least."""
    return f"{processor()}, {platform.system()} {platform.release()}"


def processor() -> str:
    """The model's name."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def description() -> dict[str, str]:
    """Where, when, and of what."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": told("git", "-C", str(ROOT), "describe", "--always", "--dirty"),
        "processor": f"{processor()}, {os.cpu_count()} of its threads",
        "memory": f"{memory} GiB",
        "kernel": platform.release(),
        "C library": " ".join(platform.libc_ver()),
        "C compiler": told("cc", "--version"),
        "Swift": told("swiftc", "--version"),
    }


def told(*command: str) -> str:
    """The first line that a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout.strip() or "unknown").splitlines()[0]
