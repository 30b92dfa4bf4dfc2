# SPDX-License-Identifier: MIT
"""wrk on both servers at once, on the same sessions: no error, and no increment is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers import Server, Site, running_site
from visitor import Visitor

SESSIONS = 4
THREADS = 8
SECONDS = 6
# So long may the last request take; a server waits up to 5 seconds for a session.
SPARE_SECONDS = 15
SCRIPT = Path(__file__).with_name("increments.lua")


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


@dataclass(frozen=True)
class Load:
    """What one wrk counted: for each of its threads, and in all."""

    threads: list[dict[str, int]]
    latencies_us: list[int]
    all: dict[str, float]

    def posts(self, session: int) -> int:
        """How many increments of a session were answered."""
        return sum(thread["posts"] for thread in self.threads if thread["session"] == session)

    def percentile_ms(self, percent: float) -> float:
        index = int(len(self.latencies_us) * percent / 100)
        return self.latencies_us[min(index, len(self.latencies_us) - 1)] / 1000

    def total(self, name: str) -> int:
        return sum(thread[name] for thread in self.threads)


def start_wrk(server: Server, visitors: list[Visitor]) -> subprocess.Popen[str]:
    sessions = [word for visitor in visitors for word in (visitor.id, visitor.token)]
    return subprocess.Popen(
        [
            *("wrk", f"--threads={THREADS}", f"--connections={THREADS}", "--timeout=10s"),
            *(f"--duration={SECONDS + SPARE_SECONDS}s", f"--script={SCRIPT}"),
            *(server.address, "--", str(SECONDS), *sessions),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(wrk: subprocess.Popen[str]) -> Load:
    """Interrupts wrk when all of its threads have stopped themselves."""
    deadline = time.monotonic() + SPARE_SECONDS
    while wrk.poll() is None and time.monotonic() < deadline:
        if len(os.listdir(f"/proc/{wrk.pid}/task")) == 1:
            wrk.send_signal(signal.SIGINT)
            break
        time.sleep(0.1)
    said, _ = wrk.communicate(timeout=SPARE_SECONDS)
    assert wrk.returncode == 0, said
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert len(lines) == THREADS + 1, said
    latencies = [latency for line in lines[:-1] for latency in line.pop("latencies_us")]
    return Load(lines[:-1], sorted(latencies), lines[-1])


def report(server: Server, load: Load) -> None:
    answered = load.total("posts") + load.total("gets")
    print(
        f"{server.name:12} {answered / load.all['seconds']:7.0f} requests/s, "
        f"latency p50 {load.percentile_ms(50):6.2f} ms, p99 {load.percentile_ms(99):6.2f} ms, "
        f"longest {load.percentile_ms(100):6.2f} ms; "
        f"{load.total('posts')} increments, {load.total('gets')} pages, "
        f"{load.total('others')} of another status"
    )


def test_no_error_and_no_lost_increment(site: Site) -> None:
    visitors = [Visitor(site.servers[n % 2], f"visitor {n}") for n in range(SESSIONS)]
    started = [start_wrk(server, visitors) for server in site.servers]
    time.sleep(SECONDS)
    loads = [finish(wrk) for wrk in started]
    expected = [sum(load.posts(n) for load in loads) for n in range(SESSIONS)]
    for server, load in zip(site.servers, loads):
        report(server, load)
    for server in site.servers:
        counted = [visitor.counter(server) for visitor in visitors]
        print(
            f"{sum(expected)} increments of {SESSIONS} sessions were answered, {server.name} "
            f"counts {sum(counted)}: lost = {sum(expected) - sum(counted)}"
        )
        assert counted == expected
    for load in loads:
        # Nothing was under way when wrk ended: else the sum would be known within bounds only.
        assert load.total("sent_posts") == load.total("posts") > 0
        assert load.total("sent_gets") == load.total("gets") > 0
        assert load.total("others") == 0
        errors = ("connect", "read", "write", "status", "timeout")
        assert {name: load.all[name] for name in errors} == dict.fromkeys(errors, 0)
