# SPDX-License-Identifier: MIT
"""The command's options."""

from __future__ import annotations

import argparse
import re

from session3.migrate import _sources
from session3.migrate._quixote import KINDS
from session3.Session import Session

SECRET_KEY = "SESSION3_SECRET_KEY"
MEBIBYTE = 1 << 20

_DESCRIPTION = """\
Takes over the sessions of another store into a directory of libsession3, under their ids. Nothing
of OLD is changed or executed; what can't be taken over is named. A session that is in NEW already
stays as it is, so an interrupted run is gone on with by the same command."""
_EPILOG = """\
Exit status: 0 if every session was taken over, is there, or was expired; 1 if some were refused,
unreadable, of unknown id, used in OLD after they were taken over, or can't be read in NEW, or if
there are files and none is a session's; 2 if the arguments are wrong, or a directory can't be
opened or written; 130 after an interrupt."""


def parser() -> argparse.ArgumentParser:
    """What the command line may hold."""
    made = argparse.ArgumentParser(
        prog="python -m session3.migrate",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        # Else --secret-key would be an option, and would be given the key.
        allow_abbrev=False,
    )
    made.add_argument("old", metavar="OLD", help="the directory to read")
    made.add_argument("new", metavar="NEW", help="the directory to write; made if it is missing")
    made.add_argument(
        "--from",
        dest="kind",
        choices=list(_sources.NAMES),
        help="what wrote OLD; by default its files tell",
    )
    made.add_argument("--dry-run", action="store_true", help="do everything but writing")
    made.add_argument("--report", metavar="FILE", help="write the report there, too, as JSON")
    _add_values(made)
    _add_store(made)
    _add_frameworks(made)
    return made


def _add_values(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("what is taken")
    group.add_argument(
        "--allow-class",
        action="append",
        default=[],
        type=_allowed_class,
        metavar="CLASS",
        help="package.module.Class, or package.module.Class=DictSession: a class of your own, "
        "whose instances are taken for their attributes; it is not imported. May be repeated",
    )
    group.add_argument(
        "--convert",
        action="store_true",
        help="sets become sorted lists; Decimal, UUID, date and time text; datetimes without a "
        "time zone those of UTC; OrderedDict and defaultdict dicts; bytearrays bytes",
    )
    group.add_argument(
        "--maximum-size",
        type=_positive,
        default=MEBIBYTE,
        metavar="BYTES",
        help="of a session, as a file of OLD and as it is stored; 1 MiB by default",
    )


def _add_store(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("the new directory")
    group.add_argument("--file-mode", type=_file_mode, default=0o600, metavar="MODE", help="0600")
    group.add_argument("--directory-mode", type=_mode, metavar="MODE", help="0700, if it is made")
    group.add_argument("--sync", choices=("none", "data"), help="for a new one; else as it has it")


def _add_frameworks(made: argparse.ArgumentParser) -> None:
    django = made.add_argument_group("Django's sessions")
    django.add_argument(
        "--secret-key-file",
        metavar="FILE",
        help="the project's SECRET_KEY, then its SECRET_KEY_FALLBACKS, one a line; "
        f"by default the environment's {SECRET_KEY}",
    )
    django.add_argument(
        "--cookie-name", default="sessionid", metavar="NAME", help="SESSION_COOKIE_NAME: sessionid"
    )
    django.add_argument(
        "--cookie-age",
        type=_positive,
        default=14 * 24 * 3600,
        metavar="SECONDS",
        help="SESSION_COOKIE_AGE: two weeks",
    )
    flask = made.add_argument_group("Flask-Session's sessions")
    flask.add_argument(
        "--ids",
        metavar="FILE",
        help="the ids of sessions, one a line: its files have hashes of them only",
    )
    flask.add_argument(
        "--key-prefix", default="session:", metavar="PREFIX", help="SESSION_KEY_PREFIX: session:"
    )


def _allowed_class(text: str) -> tuple[str, type[Session] | None]:
    name, _, kind = text.partition("=")
    if not re.fullmatch(r"\w+(\.\w+)+", name) or (kind and kind not in KINDS):
        kinds = " or ".join(KINDS)
        raise argparse.ArgumentTypeError(f"must be package.module.Class, perhaps with ={kinds}")
    return name, KINDS.get(kind)


def _positive(text: str) -> int:
    if re.fullmatch("0*[1-9][0-9]{0,17}", text) is None:
        raise argparse.ArgumentTypeError("must be a whole number, at least 1")
    return int(text)


def _mode(text: str) -> int:
    if re.fullmatch("0*[1-7][0-7]{0,3}", text) is None:
        raise argparse.ArgumentTypeError("must be a mode in octal digits, such as 0660")
    return int(text, 8)


def _file_mode(text: str) -> int:
    mode = _mode(text)
    if mode & 0o600 != 0o600 or mode & 0o7111:
        raise argparse.ArgumentTypeError("files must be readable and writable, and no programs")
    return mode
