# SPDX-License-Identifier: MIT
"""Sessions that Django's file backend saved go on living under their keys."""

from __future__ import annotations

import base64
import os
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import COMMAND, Run, environment, visit_with_c
from django.core.signing import TimestampSigner  # type: ignore[import-untyped]
from format1 import read_file
from old_stores import SECRET_KEY, save_by_django

DAY = 24 * 3600


@pytest.fixture
def secret(tmp_path: Path) -> list[str]:
    """The option that tells the secret key."""
    path = tmp_path / "secret"
    path.write_text(SECRET_KEY + "\n")
    return ["--secret-key-file", str(path)]


def test_a_login_is_kept_under_its_key(
    old: Path, new: Path, migrate: Callable[..., Run], load: Callable[..., Any], secret: list[str]
) -> None:
    keys = save_by_django(old, "login", "visitor", "large", AGE="1000")
    done = migrate(*secret)
    assert (done.status, done.counts) == (0, {"migrated": 3})
    session = load(keys["login"])
    assert session.user == "17"
    assert session.cart == [{"name": "té", "price": 3.5, "count": 2**40}]
    assert session._auth_user_backend == "django.contrib.auth.backends.ModelBackend"
    assert not hasattr(session, "_auth_user_id")
    assert session.get_persistent() is None
    assert session.get_access_time() == pytest.approx(time.time() - 1000, abs=60)
    assert session.get_creation_time() == session.get_access_time()
    assert load(keys["large"]).text == "compressible " * 1000
    assert visit_with_c(new, keys["login"]) == [keys["login"], "17", "1"]


def test_its_keys_are_stored_one_to_one(
    old: Path, new: Path, migrate: Callable[..., Run], secret: list[str]
) -> None:
    key = save_by_django(old, "login")["login"]
    migrate(*secret)
    stored = read_file((new / key).read_bytes(), key).payload
    assert isinstance(stored["attributes"], dict)
    assert set(stored["attributes"]) == {"_auth_user_backend", "_auth_user_hash", "cart", "user"}
    assert stored["attributes"]["user"] == "an item, not who is logged in"
    assert (stored["user"], set(stored)) == ("17", {"attributes", "user"})


@pytest.mark.parametrize(("case", "persistent"), [("until_closed", False), ("for_a_minute", True)])
def test_an_expiry_says_whether_the_browser_keeps_the_cookie(
    old: Path,
    migrate: Callable[..., Run],
    load: Callable[..., Any],
    secret: list[str],
    case: str,
    persistent: bool,
) -> None:
    keys = save_by_django(old, case)
    assert migrate(*secret).status == 0
    session = load(keys[case])
    assert session.get_persistent() is persistent
    assert session._session_expiry == (60 if persistent else 0)


@pytest.mark.parametrize("use_tz", ["0", "1"])
def test_what_is_expired_is_left_out(
    old: Path, migrate: Callable[..., Run], secret: list[str], use_tz: str
) -> None:
    cases = ["login", "until_closed", "for_a_minute", "until_tomorrow", "until_yesterday"]
    save_by_django(old, *cases, USE_TZ=use_tz)
    assert migrate(*secret, "--dry-run").counts == {"migrated": 4, "expired": 1}
    _grow_older(old, 61)
    done = migrate(*secret, "--dry-run")
    assert (done.status, done.counts) == (0, {"migrated": 3, "expired": 2})
    _grow_older(old, 14 * DAY)
    # A moment that was set doesn't depend on the last use.
    assert migrate(*secret, "--dry-run").counts == {"migrated": 1, "expired": 4}
    month = ["--cookie-age", str(30 * DAY)]
    assert migrate(*secret, *month, "--dry-run").counts == {"migrated": 3, "expired": 2}


def _grow_older(old: Path, seconds: float) -> None:
    for path in old.iterdir():
        changed = path.stat().st_mtime - seconds
        os.utime(path, (changed, changed))


def test_django_agrees_on_what_is_expired(
    old: Path, migrate: Callable[..., Run], secret: list[str]
) -> None:
    cases = ["login", "until_closed", "until_tomorrow", "until_yesterday"]
    save_by_django(old, *cases, AGE=str(15 * DAY))
    left = migrate(*secret, "--dry-run").count("migrated")
    script = (
        "import sys; from django.conf import settings; settings.configure(USE_TZ=True,"
        f"SECRET_KEY={SECRET_KEY!r}, SESSION_FILE_PATH=sys.argv[1]);"
        "from django.contrib.sessions.backends.file import SessionStore;"
        "SessionStore.clear_expired()"
    )
    subprocess.run([sys.executable, "-c", script, str(old)], check=True)
    assert left == len(list(old.iterdir())) == 1


def test_another_secret_key_or_a_changed_file_is_refused(
    old: Path, tmp_path: Path, migrate: Callable[..., Run], secret: list[str]
) -> None:
    keys = save_by_django(old, "login", "visitor")
    (tmp_path / "another").write_text("another key\n")
    cause = ("signed with another secret key, or changed since", "")
    done = migrate("--secret-key-file", str(tmp_path / "another"))
    assert (done.status, done.counts, done.cause) == (1, {"refused": 2}, cause)
    path = old / f"sessionid{keys['login']}"
    body, stamp, signature = path.read_bytes().split(b":")
    planted = base64.urlsafe_b64encode(b'{"_auth_user_id":"1"}').rstrip(b"=")
    path.write_bytes(b":".join([planted, stamp, signature]))
    assert migrate(*secret).counts == {"refused": 1, "migrated": 1}
    path.write_bytes(b":".join([body, stamp + b"x", signature]))
    assert migrate(*secret).counts == {"refused": 1, "present": 1}
    path.write_bytes(b":".join([body, stamp, signature]))
    assert migrate(*secret).counts == {"migrated": 1, "present": 1}


def test_keys_of_before_are_tried_too(
    old: Path, tmp_path: Path, migrate: Callable[..., Run]
) -> None:
    save_by_django(old, "login")
    (tmp_path / "keys").write_text(f"the present key\n{SECRET_KEY}\n")
    assert migrate("--secret-key-file", str(tmp_path / "keys")).counts == {"migrated": 1}


def test_the_secret_key_comes_by_file_or_environment_only(
    old: Path, migrate: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_by_django(old, "login")
    done = migrate()
    assert done.status == 2
    assert "--secret-key-file, or in the environment as SESSION3_SECRET_KEY" in done.told
    monkeypatch.setenv("SESSION3_SECRET_KEY", SECRET_KEY)
    assert migrate().status == 0
    with pytest.raises(SystemExit):
        migrate("--secret-key", SECRET_KEY)


def test_only_files_of_the_cookie_s_name_are_sessions(
    old: Path, migrate: Callable[..., Run], secret: list[str]
) -> None:
    # Django's default for the directory is that of all temporary files.
    keys = save_by_django(old, "login", COOKIE_NAME="shop")
    (old / "tmp0123abcd").write_bytes(b"\x80\x04")
    (old / f"another{'0' * 32}").write_bytes(b"of another project")
    (old / f"shop{keys['login']}_out_0123abcd").write_bytes(b"half a session")
    (old / f"shop{'0' * 32}").touch()
    done = migrate(*secret, "--from", "django", "--cookie-name", "shop")
    assert (done.status, done.counts) == (0, {"migrated": 1, "other": 3, "empty": 1})


def test_sessions_of_another_cookie_s_name_are_lost_and_named(
    old: Path, new: Path, migrate: Callable[..., Run], secret: list[str]
) -> None:
    save_by_django(old, "login", "visitor")
    cause = ("of another SESSION_COOKIE_NAME? (see --cookie-name)", "")
    # The last is how the right one begins: what is behind it looks like a longer key.
    for name in ("shop", "", "session"):
        for arguments in (["--dry-run"], []):
            done = migrate(*secret, "--cookie-name", name, *arguments)
            assert (done.status, done.counts, done.cause) == (1, {"unknown_id": 2}, cause)
    assert os.listdir(new) == [".session3"]
    save_by_django(old, "login", COOKIE_NAME="shop")
    assert migrate(*secret, "--cookie-name", "shop").counts == {"migrated": 1, "unknown_id": 2}


def test_files_of_others_that_end_like_sessions_are_left_out(
    old: Path, migrate: Callable[..., Run], secret: list[str]
) -> None:
    save_by_django(old, "visitor", COOKIE_NAME="another", SECRET_KEY="another project's")
    save_by_django(old, "until_yesterday", COOKIE_NAME="before")
    (old / f"tmp{'0' * 32}").write_bytes(b"no session")
    (old / f"sessionid{'0' * 32}\n").write_bytes(b"no session")
    (old / f"link{'0' * 32}").symlink_to("nowhere")
    (old / f"huge{'0' * 32}").write_bytes(b"a:b:c" * 300_000)
    (old / f"directory{'0' * 32}").mkdir()
    save_by_django(old, "login")
    done = migrate(*secret, "--from", "django")
    assert (done.status, done.counts) == (0, {"migrated": 1, "other": 7})


def test_a_directory_without_a_session_s_file_is_no_success(
    old: Path, migrate: Callable[..., Run], secret: list[str]
) -> None:
    save_by_django(old, "login", "visitor", SECRET_KEY="another project's")
    for arguments, told in (
        (["--from", "flask"], "No file is a session's of this kind: see --from."),
        ([*secret, "--cookie-name", "x"], "this kind: see --from and --cookie-name."),
    ):
        done = migrate(*arguments)
        assert (done.status, done.counts) == (1, {"other": 2})
        assert told in done.told
    save_by_django(old, "login")
    done = migrate(*secret, "--from", "django")
    assert (done.status, done.counts) == (1, {"migrated": 1, "refused": 2})
    assert "of this kind" not in done.told


def test_a_large_session_is_refused_before_it_is_decompressed(
    old: Path, migrate: Callable[..., Run], secret: list[str]
) -> None:
    save_by_django(old, "bomb")
    (path,) = old.iterdir()
    assert path.stat().st_size < 10_000
    assert migrate(*secret).cause == ("larger than 1048576 bytes", "")


def test_no_bomb_takes_memory(old: Path, new: Path, secret: list[str]) -> None:
    stream, zeros = zlib.compressobj(9), bytes(1 << 20)
    compressed = b"".join(stream.compress(zeros) for _ in range(600)) + stream.flush()
    (old / f"sessionid{'0' * 32}").write_text(signed(b"." + encoded(compressed)))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))

    command = [*COMMAND, str(old), str(new), *secret]
    done = subprocess.run(
        command, env=environment(), preexec_fn=limit, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "larger than 1048576 bytes" in done.stdout


def test_an_int_beyond_64_bits_is_refused_with_its_place(
    old: Path, migrate: Callable[..., Run], secret: list[str]
) -> None:
    save_by_django(old, "huge")
    assert migrate(*secret).cause == ("an int beyond 64 bits can't be stored", "cart[0].count")


def encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def signed(content: bytes) -> str:
    """What Django's file backend would write."""
    salt = "django.contrib.sessions.SessionStore"
    signer = TimestampSigner(key=SECRET_KEY, salt=salt, fallback_keys=[])
    return str(signer.sign(content.decode()))


JSON = {
    "a list": (b"[1]", "refused", "signed JSON of something else than a session"),
    "a pickle": (b"\x80\x04}.", "unreadable", "signed, but no JSON: another serializer?"),
    "deep": (b"[" * 100_000, "refused", "nested too deep"),
    "no time": (b'{"_session_expiry":"soon"}', "refused", "no time"),
    "no number": (b'{"_session_expiry":[]}', "refused", "no time"),
    "a huge time": (b'{"_session_expiry":%d}' % 10**400, "refused", "no time"),
    "a surrogate": (b'{"a":"\\ud800"}', "refused", "text with a lone surrogate can't be stored"),
}


@pytest.mark.parametrize("case", JSON)
def test_what_is_signed_and_no_session_is_named(
    old: Path,
    migrate: Callable[..., Run],
    secret: list[str],
    case: str,
) -> None:
    json, outcome, cause = JSON[case]
    (old / f"sessionid{'0' * 32}").write_text(signed(encoded(json)))
    done = migrate(*secret)
    assert (done.counts, done.cause[0]) == ({outcome: 1}, cause)


def test_neither_django_nor_settings_are_needed(old: Path, new: Path, secret: list[str]) -> None:
    save_by_django(old, "login")
    script = (
        "import sys; sys.modules['django'] = None\n"
        "from session3.migrate._command import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [COMMAND[0], "-c", script, str(old), str(new), *secret]
    assert subprocess.run(command, env=environment(), check=False).returncode == 0
