# SPDX-License-Identifier: MIT
"""Sessions that writers create once, delete once, and never see again."""

from __future__ import annotations

from dataclasses import dataclass

from writer_entries import Entry


@dataclass
class Doomed:
    """A session that is created once and deleted once, and never seen again."""

    created: bool = False
    deletions_told: int = 0
    deletion_may_have_run: bool = False
    deleted_ns: int | None = None
    last_save_began_ns: int = 0

    def note(self, entry: Entry) -> None:
        """Adds what a writer did with it."""
        kind = entry.operation.removeprefix("doomed ")
        if not entry.done:
            self.deletion_may_have_run |= kind == "delete"
        elif entry.status == 0 and kind == "create":
            self.created = True
        elif entry.status == 0 and kind == "delete":
            self.deletions_told += 1
            self.deleted_ns = entry.end_ns
        elif entry.status == 0:
            self.last_save_began_ns = max(self.last_save_began_ns, entry.start_ns)

    def lost(self, is_there: bool) -> list[str]:
        """What of it is lost, with all writers dead."""
        wrong = {
            "two deletions were told that they deleted it": self.deletions_told > 1,
            "a deleted session is back": self.deleted_ns is not None and is_there,
            "a save succeeded after the deletion": (
                self.deleted_ns is not None and self.last_save_began_ns >= self.deleted_ns
            ),
            "a session that was created is lost": (
                self.created and not self.may_be_gone and not is_there
            ),
        }
        return [what for what, is_so in wrong.items() if is_so]

    @property
    def may_be_gone(self) -> bool:
        """Whether a deletion was told, or cut off."""
        return self.deleted_ns is not None or self.deletion_may_have_run
