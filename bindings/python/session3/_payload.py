# SPDX-License-Identifier: MIT
"""A session as its payload: the MessagePack map that stores keep, see docs/format.md.

Quixote's own Session will do as well: what is private to ours is looked for, not presumed.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from session3 import _values
from session3._layout import STATE, layout_of
from session3._structs import snapshot_times
from session3._values import MAXIMUM_DEPTH, SCALARS, is_storable
from session3.errors import InvalidArgumentError, UnreadableError, UnstorableError

if TYPE_CHECKING:
    from session3._defaults import Defaults
    from session3.Session import Session

PERSISTENT = "persistent"
RENEWED = "renewed"
AUTHENTICATED = "authenticated"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

# The first bytes of MessagePack's timestamps with a fraction, and by how many bits the nanoseconds
# in the next four are shifted.
_FRACTIONS = ((b"\xd7\xff", 2), (b"\xc7\x0c\xff", 0))


class _Content(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The payload by its keys, in their order: what has its default is not stored."""

    attributes: Any = None
    authenticated: Any = UNSET
    csrf_token: Any = None
    form_tokens: Any = None
    persistent: Any = UNSET
    remote_address: Any = None
    renewed: Any = UNSET
    user: Any = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_decode_content = msgspec.msgpack.Decoder(_Content).decode
_decode_parts = msgspec.msgpack.Decoder(dict[str, msgspec.Raw]).decode

_NOTHING: dict[str, Any] = {}
"""Never changed: sessions share it."""


class Stored(msgspec.Struct, frozen=True):
    """What a session privately remembers of the store that knows it."""

    place: Hashable
    """Which store."""
    id: str
    """Under which id."""
    snapshot: bytes
    """The session3_snapshot."""
    base: bytes
    """The payload."""
    access_time: float
    kind: type[Session] | None
    """The session's class, if the session is its ``__dict__`` and no more than that is stored."""
    names: tuple[str, ...]
    """Those of its ``__dict__`` then: the attributes, sorted, and STATE."""
    unknown: dict[str, Any]
    """Entries of the payload that this version has no name for: saved as they came."""
    hidden: dict[str, Any]
    """Attributes that would shadow the session's own methods: saved as they came."""
    defaults: Defaults | None
    """What attributes the session gets that it lacks."""
    absent: dict[str, bytes]
    """Those that it got, encoded: they are not stored until the program changes them."""


def stored_of(session: Session) -> Stored | None:
    """What a session remembers; None for one that no store knows."""
    return getattr(session, "_session3_stored", None)


def reserved(session: Session) -> dict[str, Any]:
    """What the manager keeps in a session, by the keys of the payload that are reserved for it."""
    return getattr(session, "_session3_reserved", {})


def reserve(session: Session, key: str, value: Any) -> None:
    """Sets one of the manager's entries; None removes it."""
    entries = {**reserved(session), key: value}
    session._session3_reserved = {key: v for key, v in entries.items() if v is not None}


def reserve_time(session: Session, key: str, seconds: float) -> None:
    """Sets one of the manager's entries to a time."""
    reserve(session, key, _EPOCH + timedelta(microseconds=round(seconds * 1_000_000)))


def reserved_time(session: Session, key: str) -> float | None:
    """One of the manager's entries in seconds since 1970; None if there is none, or no time."""
    value = reserved(session).get(key)
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    return (value - _EPOCH) / timedelta(seconds=1)


def encode(session: Session) -> bytes:
    """The payload of a session.

    What the program did not change has the bytes it was loaded with, also where Python can't show
    all of them.
    """
    # Nearly every session that is saved has the attributes that it was loaded with: these need
    # neither be sorted nor have their names checked. It is one function, and has no others to call,
    # since calls are what it would spend most of its time with.
    stored = getattr(session, "_session3_stored", None)
    own = vars(session)
    if stored is None or stored.kind is not type(session) or tuple(own) != stored.names:
        return _encode_with_care(session, stored)
    user, address, csrf_token = own["user"], own["_remote_address"], own["_csrf_token"]
    tokens = own["_form_tokens"]
    attributes = own.copy()
    del attributes["id"], attributes["user"], attributes["_remote_address"]
    del attributes["_creation_time"], attributes["_access_time"]
    del attributes["_form_tokens"], attributes["_csrf_token"]
    if (
        (address is not None and type(address) is not str)
        or (csrf_token is not None and type(csrf_token) is not str)
        or (type(user) not in SCALARS and not is_storable(user, MAXIMUM_DEPTH))
    ):
        return _encode_with_care(session, stored)
    for value in attributes.values():
        if type(value) not in SCALARS and not is_storable(value, MAXIMUM_DEPTH):
            return _encode_with_care(session, stored)
    entries = session._session3_reserved
    content = _Content(
        attributes or None,
        entries.get(AUTHENTICATED, UNSET) if entries else UNSET,
        csrf_token,
        _token_list(tokens) if tokens else None,
        entries.get(PERSISTENT, UNSET) if entries else UNSET,
        address,
        entries.get(RENEWED, UNSET) if entries else UNSET,
        user,
    )
    try:
        payload = _encode(content)
    except (OverflowError, ValueError):
        return _encode_with_care(session, stored)
    # Each time has such a byte, which is found at once.
    if 255 in stored.base and payload != stored.base and _may_be_cut(stored.base):
        return _encode_with_care(session, stored)
    return payload


def _encode_with_care(session: Session, stored: Stored | None) -> bytes:
    """The payload of any session, and the errors of one that has none."""
    content = _content(session, stored)
    attributes = content.get("attributes", {})
    payload = _values.encode(content, attributes)
    if stored is None or payload == stored.base or not _may_be_cut(stored.base):
        return payload
    return _keep_fractions(content, attributes, stored.base)


def packed(session: Session) -> tuple[dict[str, Any], dict[str, Any]]:
    """The attributes of a session by their stored keys, and its own state by name."""
    own = vars(session).copy()
    layout = layout_of(type(session))
    for name in layout.slots:
        if hasattr(session, name):
            own[name] = getattr(session, name)
    state = {name: own.pop(name) for name in STATE if name in own}
    if not layout.taken.isdisjoint(own):
        _refuse_names(layout.taken.intersection(own))
    own.pop("_session3_stored", None)
    own.pop("_session3_reserved", None)
    return session._session3_pack(own) if layout.translates else own, state


def _content(session: Session, stored: Stored | None) -> dict[str, Any]:
    attributes, state = packed(session)
    user = state.get("user")
    address = state.get("_remote_address")
    tokens = state.get("_form_tokens")
    csrf_token = state.get("_csrf_token")
    entries = reserved(session)
    if stored is not None:
        if stored.hidden:
            attributes.update(stored.hidden)
        if stored.absent:
            _leave_out_defaults(attributes, stored.absent)
        if stored.unknown:
            entries = {**stored.unknown, **entries}

    content: dict[str, Any] = {}
    if attributes:
        try:
            content["attributes"] = {key: attributes[key] for key in sorted(attributes)}
        except TypeError:
            raise UnstorableError("the names of attributes must be str") from None
    if csrf_token is not None:
        content["csrf_token"] = _text(csrf_token, "_csrf_token")
    if tokens:
        content["form_tokens"] = _token_list(tokens)
    if address is not None:
        content["remote_address"] = _text(address, "_remote_address")
    if user is not None:
        content["user"] = user
    if entries:
        content.update(entries)
        return {key: content[key] for key in sorted(content)}
    return content


def _leave_out_defaults(attributes: dict[str, Any], absent: dict[str, bytes]) -> None:
    for key, encoded in absent.items():
        if key in attributes and _values.encoding(attributes[key]) == encoded:
            del attributes[key]


def _refuse_names(names: frozenset[str]) -> None:
    shown = ", ".join(sorted(names))
    raise InvalidArgumentError(f"an attribute can't have the name of a method: {shown}")


def _text(value: Any, name: str) -> str:
    if type(value) is not str:
        raise UnstorableError(f"{name}: must be a str or None")
    return value


def _token_list(tokens: Any) -> list[str]:
    if type(tokens) not in (list, tuple) or not _values.is_text(tokens):
        raise UnstorableError("_form_tokens: must be a list of str")
    return list(tokens)


def _may_be_cut(payload: bytes) -> bool:
    """Whether there may be times in nanoseconds, which a datetime can't hold."""
    for mark, shift in _FRACTIONS:
        at = payload.find(mark)
        while at >= 0:
            start = at + len(mark)
            nanoseconds = int.from_bytes(payload[start : start + 4], "big") >> shift
            if nanoseconds % 1000:
                return True
            at = payload.find(mark, start)
    return False


def _keep_fractions(content: dict[str, Any], attributes: dict[str, Any], base: bytes) -> bytes:
    """Encodes with the loaded bytes of each value that still is what those bytes decode to.

    Others store nanoseconds, a datetime holds microseconds: without this, saving would cut them,
    and a merge would take the cut for a change.
    """
    old = _decode_parts(base)
    whole = msgspec.msgpack.encode
    old_attributes = _decode_parts(old.pop("attributes", b"\x80"))
    for now, before in ((content, old), (attributes, old_attributes)):
        for key, raw in before.items():
            if key in now and whole(now[key]) == whole(_decode(raw)):
                now[key] = raw
    return whole(content)


def fill(
    session: Session,
    id: str,
    payload: bytes,
    place: Hashable,
    snapshot: bytes,
    created: float,
    accessed: float,
    defaults: Defaults | None = None,
) -> None:
    """Makes a session be what is stored; an UnreadableError leaves it as it was.

    Attributes that it lacks come from ``defaults``.
    """
    try:
        content, unknown = _decode_content(payload), _NOTHING
    except (msgspec.MsgspecError, ValueError, OverflowError):
        content, unknown = _decode_with_unknown(payload)
    kind = type(session)
    layout = layout_of(kind)
    attributes = content.attributes or {}
    hidden = absent = _NOTHING
    if not layout.hidden.isdisjoint(attributes):
        hidden = {key: attributes.pop(key) for key in layout.hidden.intersection(attributes)}
    if defaults is not None:
        absent = defaults.fill(attributes)
    state = session._session3_unpack(attributes) if layout.translates else attributes
    state["id"] = id
    state["user"] = content.user
    state["_remote_address"] = content.remote_address
    state["_creation_time"] = created
    state["_access_time"] = accessed
    state["_form_tokens"] = content.form_tokens or []
    state["_csrf_token"] = content.csrf_token
    if layout.slots:
        _fill_slots(session, layout.slots, state)
    if layout.is_plain:
        session.__dict__ = state
    else:
        own = vars(session)
        own.clear()
        own.update(state)
    if content.authenticated is content.renewed is content.persistent is UNSET:
        session._session3_reserved = {}
    else:
        session._session3_reserved = _reserved_in(content)
    session._session3_stored = Stored(
        place,
        id,
        snapshot,
        payload,
        accessed,
        kind if layout.is_plain and not (hidden or absent or unknown) else None,
        tuple(state),
        unknown,
        hidden,
        defaults,
        absent,
    )


def _decode_with_unknown(payload: bytes) -> tuple[_Content, dict[str, Any]]:
    """The content of a payload, and what else it holds."""
    try:
        unknown = _decode(payload)
    except (msgspec.MsgspecError, ValueError, OverflowError) as error:
        raise UnreadableError(f"a stored value has no counterpart in Python: {error}") from None
    names = _Content.__struct_fields__
    return _Content(**{name: unknown.pop(name) for name in names if name in unknown}), unknown


def _reserved_in(content: _Content) -> dict[str, Any]:
    entries = {
        AUTHENTICATED: content.authenticated,
        PERSISTENT: content.persistent,
        RENEWED: content.renewed,
    }
    return {key: value for key, value in entries.items() if value is not UNSET}


def restore(session: Session, id: str, payload: bytes, place: Hashable, snapshot: bytes) -> None:
    """Fills a session; attributes that it lacks come from the defaults that it had before."""
    before = stored_of(session)
    defaults = None if before is None else before.defaults
    own = vars(session)
    created_us, accessed_us = snapshot_times(snapshot)
    times = created_us / 1_000_000, accessed_us / 1_000_000
    fill(session, id, payload, place, snapshot, *times, defaults)
    state = vars(session)
    if state is not own:
        # The program may hold on to its __dict__.
        own.clear()
        own.update(state)
        session.__dict__ = own


def note_saved(session: Session, id: str, payload: bytes, place: Hashable, snapshot: bytes) -> None:
    """Lets a session remember that it was stored as it is."""
    before = getattr(session, "_session3_stored", None)
    created_us, accessed_us = snapshot_times(snapshot)
    own = vars(session)
    own["_creation_time"] = created_us / 1_000_000
    own["_access_time"] = accessed = accessed_us / 1_000_000
    if before is None:
        session._session3_stored = Stored(
            place, id, snapshot, payload, accessed, None, (), _NOTHING, _NOTHING, None, _NOTHING
        )
        return
    absent = before.absent
    session._session3_stored = Stored(
        place,
        id,
        snapshot,
        payload,
        accessed,
        before.kind,
        before.names,
        before.unknown,
        before.hidden,
        before.defaults,
        _still_absent(absent, payload) if absent else absent,
    )


def _still_absent(absent: dict[str, bytes], payload: bytes) -> dict[str, bytes]:
    keys = _decode(payload).get("attributes") or {}
    return {key: encoded for key, encoded in absent.items() if key not in keys}


def twin(session: Session, kind: type[Session], stored: Stored, defaults: Any) -> Session:
    """A session as it was loaded or last saved, as an instance of a class."""
    other = kind.__new__(kind)
    times = (session._creation_time, session._access_time)
    fill(other, stored.id, stored.base, stored.place, stored.snapshot, *times, defaults)
    return other


def forget_store(session: Session) -> None:
    """Makes a session a new one, with the content that it has."""
    session._session3_stored = None
    session.id = None


def _fill_slots(session: Session, slots: tuple[str, ...], state: dict[str, Any]) -> None:
    for name in slots:
        if name in state:
            object.__setattr__(session, name, state.pop(name))
        elif hasattr(session, name):
            object.__delattr__(session, name)
