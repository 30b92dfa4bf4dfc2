# SPDX-License-Identifier: MIT
"""The command: python -m session3.migrate OLD NEW."""

from __future__ import annotations

import argparse
import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from session3.errors import Session3Error
from session3.migrate import _options, _progress, _sources
from session3.migrate._django import DjangoSessions
from session3.migrate._files import OldDirectory
from session3.migrate._flask import FlaskSessions
from session3.migrate._outcome import printable
from session3.migrate._quixote import QuixoteSessions
from session3.migrate._report import Report
from session3.migrate._run import Interruption, migrate
from session3.migrate._sources import Source
from session3.migrate._values import Conversion
from session3.migrate._writer import DryRun, NewStore, Target

COMPLETE, INCOMPLETE, FAILED, INTERRUPTED = 0, 1, 2, 130


class UsageError(Exception):
    """Arguments that don't go together, or name what is not there."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command, and tells its exit status."""
    options = _options.parser().parse_args(arguments)
    try:
        with contextlib.ExitStack() as closing:
            return _run(options, closing)
    except (UsageError, Session3Error, OSError) as error:
        print(f"session3.migrate: {printable(_told(error))}", file=sys.stderr)
        return FAILED


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and isinstance(error.filename, str):
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _run(options: argparse.Namespace, closing: contextlib.ExitStack) -> int:
    old_path, new_path = Path(options.old), Path(options.new)
    _check_places(old_path, new_path)
    if options.report is not None:
        _check_report(Path(options.report), old_path, new_path)
    old = OldDirectory(options.old, options.maximum_size)
    closing.callback(old.close)
    kind = _sources.NAMES[options.kind] if options.kind else _sources.recognise(old)
    if kind is None:
        if not any(True for _ in old.names()):
            raise UsageError("OLD has no files")
        raise UsageError("what wrote OLD is not plain from its files: say --from")
    source = _source(kind, options, old)
    json = None if options.report is None else _private_file(options.report)
    if json is not None:
        closing.callback(os.close, json)
    target = _target(new_path, options, old)
    if json is not None:
        _empty(json)
    report = Report(options.old, options.new, kind, options.dry_run)
    interruption = closing.enter_context(Interruption())
    names = _progress.watched(old.names(), lambda: sum(1 for _ in old.names()))
    try:
        migrate(old, names, source, target, report, interruption)
    except (Session3Error, OSError) as error:
        report.failure = printable(str(error))
    print(report.text())
    if json is not None:
        with open(json, "w", encoding="ascii", closefd=False) as file:
            file.write(report.json() + "\n")
    return _status(report)


def _status(report: Report) -> int:
    if report.failure is not None:
        return FAILED
    if report.is_interrupted:
        return INTERRUPTED
    return COMPLETE if report.is_complete else INCOMPLETE


def _check_places(old: Path, new: Path) -> None:
    """Refuses what would write into OLD, or into what is no store."""
    old, new = old.resolve(), new.resolve()
    if old == new or old in new.parents or new in old.parents:
        raise UsageError("OLD and NEW must lie apart")
    if (old / ".session3").exists():
        raise UsageError("OLD is a directory of libsession3 already")
    if not new.exists():
        if not new.parent.is_dir():
            raise UsageError("there is no directory to make NEW in")
    elif not new.is_dir():
        raise UsageError("NEW is no directory")
    elif not (new / ".session3").exists() and any(new.glob("[!.]*")):
        raise UsageError("NEW is neither empty nor a directory of libsession3")


def _check_report(report: Path, *places: Path) -> None:
    if any(place.resolve() in report.resolve().parents for place in places):
        raise UsageError("the report must lie apart from OLD and NEW")


def _target(new: Path, options: argparse.Namespace, old: OldDirectory) -> Target:
    if options.dry_run:
        return DryRun(new, options.maximum_size)
    _warn_of_root(old)
    modes = (options.file_mode, options.directory_mode)
    return NewStore(new, options.maximum_size, *modes, options.sync)


def _source(kind: str, options: argparse.Namespace, old: OldDirectory) -> Source:
    kinds = dict(options.allow_class)
    conversion = Conversion(options.maximum_size, options.convert, frozenset(kinds))
    if kind == _sources.FLASK:
        ids = [] if options.ids is None else _lines(options.ids)
        return FlaskSessions(conversion, options.key_prefix, ids)
    if kind == _sources.DJANGO:
        settings = (options.cookie_name, options.cookie_age, options.maximum_size)
        return DjangoSessions(old, _secret_keys(options), *settings)
    return QuixoteSessions(conversion, kinds)


def _secret_keys(options: argparse.Namespace) -> list[str]:
    """By a file or the environment: everybody sees a command's arguments."""
    if options.secret_key_file is not None:
        keys = list(_lines(options.secret_key_file))
    else:
        keys = list(filter(None, [os.environ.get(_options.SECRET_KEY)]))
    if not keys:
        raise UsageError(
            "Django's sessions are signed: give the SECRET_KEY by --secret-key-file, "
            f"or in the environment as {_options.SECRET_KEY}"
        )
    return keys


def _lines(path: str) -> Iterator[str]:
    """The lines of a file that are not empty."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError("a file of secret keys or ids must be text in UTF-8") from None
    return filter(None, text.split("\n"))


def _private_file(path: str) -> int:
    """A file for the report, as it is so far: it may be that of a run before."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode) and mode & 0o077:
        try:
            os.fchmod(descriptor, 0o600)
        except OSError as error:
            os.close(descriptor)
            raise UsageError(f"others may read {path}: {error.strerror}") from None
    return descriptor


def _empty(descriptor: int) -> None:
    # A pipe or a terminal has nothing that could be cut off.
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.ftruncate(descriptor, 0)


def _warn_of_root(old: OldDirectory) -> None:
    if os.geteuid() == 0 and old.owner != 0:
        print("As root: what is made in NEW belongs to root, and OLD does not.", file=sys.stderr)
