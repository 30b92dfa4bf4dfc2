# SPDX-License-Identifier: MIT
import os

from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore

with DirectorySessionStore("sessions", create=True, session_class=DictSession) as store:
    session = store.load_session(os.environ.get("SESSION"))
    if session is None:
        session = DictSession()
    session["visits"] = session.get("visits", 0) + 1
    if session.id is None:
        store.create_session(session)
    else:
        store.save_session(session)
    print(session.id, session.user or "nobody", session["visits"])
