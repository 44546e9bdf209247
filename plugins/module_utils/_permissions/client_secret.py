# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client secret of an application. Graph has no key against a second one of the same name.

Runs at once keep the oldest; each removes its own before anybody gets it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from .._engine import wait
from .._engine.errors import Unfinished
from .._engine.time_fields import parse_moment
from .._graph import odata
from .._graph.errors import BadRequest, IntuneError, LostAnswer, NotFound
from .._graph.session import GraphSession

# How often a client secret is created, when answers are lost.
_TRIES = 3


class NewSecret:
    """A secret that a task creates for an application without a valid one of its name."""

    def __init__(self, session: GraphSession, application_id: str, name: str, days: int, before: Iterable[str]) -> None:
        self._session = session
        self._path = f"applications/{odata.segment(application_id)}"
        self._name = name
        self._before = set(before)
        self._is_written = False
        self._own = ""
        # The second tells it from those of runs at once if an answer is lost.
        end = session.now() + timedelta(days=days, seconds=-secrets.randbelow(3600))
        self.end = end.strftime("%Y-%m-%dT%H:%M:%SZ")

    def create(self) -> dict[str, Any] | None:
        """Return what Graph shows of it this once; None if another run has created one and keeps it.

        Raises Unfinished, LostAnswer.
        """
        try:
            return self._created()
        except IntuneError as error:
            error.changed = self._is_written
            raise

    def _created(self) -> dict[str, Any] | None:
        body = {"passwordCredential": {"displayName": self._name, "endDateTime": self.end}}
        for attempt in range(1, _TRIES + 1):
            try:
                answer = self._session.post(f"{self._path}/addPassword", body, version="v1.0") or {}
            except LostAnswer:
                self._is_written = True
                # What nobody knows is of no use, and a later run would take it for the declared one.
                self._remove_unknown()
                if attempt == _TRIES:
                    raise
                continue
            self._is_written = True
            if not isinstance(answer.get("secretText"), str) or not answer["secretText"]:
                self._remove_unknown()
                break
            self._own = str(answer.get("keyId"))
            if self._is_kept():
                return answer
            if self._new():
                return None
            # The older one was of a run that did not get it, and is removed.
        raise Unfinished(
            f"Graph created the client secret '{self._name}' and did not show it. It was removed as far as it shows. "
            "Run again."
        )

    def _new(self) -> list[dict[str, Any]]:
        raw = self._session.get(self._path, version="v1.0", params={"$select": "id,passwordCredentials"})
        named = [each for each in raw.get("passwordCredentials") or [] if each.get("displayName") == self._name]
        return [each for each in named if str(each.get("keyId")) not in self._before]

    def discard(self) -> None:
        """Remove the secret that was created, because its text is lost."""
        if self._own:
            self._remove(self._own)

    def _is_kept(self) -> bool:
        def is_oldest() -> bool | None:
            ids = [str(each.get("keyId")) for each in sorted(self._new(), key=_rank)]
            return self._own == ids[0] if self._own in ids else None

        is_kept = wait.until(is_oldest, wait.VISIBLE_WITHIN) is not False
        if not is_kept:
            self._remove(self._own)
        return is_kept

    def _remove_unknown(self) -> None:
        """Remove the secret whose text did not arrive."""

        def unknown() -> list[str] | None:
            return [str(each["keyId"]) for each in self._new() if _ends(each, self.end)] or None

        for key_id in wait.until(unknown, wait.VISIBLE_WITHIN) or []:
            self._remove(key_id)

    def _remove(self, key_id: str) -> None:
        def is_gone() -> bool | None:
            # It is gone already, or a part of Graph does not know it yet [graph facts: consistency].
            with suppress(BadRequest, NotFound):
                body = {"keyId": key_id}
                self._session.post(f"{self._path}/removePassword", body, version="v1.0", repeatable=True)
            return key_id not in [str(each.get("keyId")) for each in self._new()] or None

        if not wait.until(is_gone, wait.VISIBLE_WITHIN):
            raise Unfinished(
                f"The client secret '{self._name}' ({key_id}), which nobody has, is not removed yet. Remove it by hand "
                "if it stays."
            )


def _rank(shown: Mapping[str, Any]) -> tuple[str, str]:
    return str(shown.get("startDateTime") or "").rstrip("Z"), str(shown.get("keyId"))


def _ends(shown: Mapping[str, Any], end: str) -> bool:
    try:
        return parse_moment(str(shown.get("endDateTime"))) == parse_moment(end)
    except ValueError:
        return False
