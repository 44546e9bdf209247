# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections below an object, which PATCH of the object does not take: their items are written one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from .._graph import odata
from .._graph.errors import BadRequest, Conflict, LostAnswer, NotFound
from . import wait
from .complex_fields import Children
from .context import Context
from .errors import says_it_exists
from .fields import Field
from .resource import Raw

# How often an answer is lost before the items are left as they are.
_TRIES = 3
# Seconds before the items are read back for the first time.
_FIRST_PAUSE = 0.05
# Seconds in which an item of another run shows.
_SHOWS_WITHIN = 2.0


def write(
    context: Context, current: Raw, field: Field, field_type: Children, desired: Sequence[dict[str, Any]]
) -> None:
    """Bring the items below an object to the desired ones.

    Runs at once may create the same item. Each reads the items until it has none to create, and all of them keep the
    same one. Raises DeletedMeanwhile where another run deletes the object.
    """
    path = f"{context.address(current)}/{field.address}"
    items = _Items(context, path, field_type, partial(context.check_exists, current))
    # What was created here and did not show yet.
    created: set[str] = set()
    lost_answers = 0
    for _attempt in wait.attempts(wait.VISIBLE_WITHIN, _FIRST_PAUSE):
        before = items.read()
        if not created.issubset(str(item["id"]) for item in before):
            continue
        try:
            is_written, created = items.write(desired, before)
        except LostAnswer:
            # Read again what the lost request has done: a POST must not be repeated blindly.
            context.written, created = True, set()
            lost_answers += 1
            if lost_answers == _TRIES:
                raise
            continue
        if is_written:
            break


@dataclass(frozen=True)
class _Items:
    """The items below one object."""

    context: Context
    path: str
    type: Children
    check_exists: Callable[[], None]

    def read(self) -> list[dict[str, Any]]:
        context = self.context
        return wait.while_unknown(
            lambda: list(context.session.list(self.path, version=context.version)), self.check_exists
        )

    def write(self, desired: Sequence[dict[str, Any]], before: Sequence[dict[str, Any]]) -> tuple[bool, set[str]]:
        """Write what differs. Returns whether nothing is left to write, and the ids of new items.

        The items are read again after a create, since another run may have created the same one.
        """
        session, version, created = self.context.session, self.context.version, set[str]()
        kept = [self.type.existing(item, sorted(before, key=lambda each: str(each["id"]))) for item in desired]
        for item, existing in zip(desired, kept):
            if existing is None:
                created.update(self._create(item))
                continue
            changes = self.type.changes(item, existing)
            if changes:
                try:
                    session.patch(self._address(existing), changes, version=version)
                except NotFound:
                    return False, created
                self.context.written = True
        for each in before:
            if not any(each is item for item in kept):
                with suppress(NotFound):
                    session.delete(self._address(each), version=version)
                self.context.written = True
        return None not in kept, created

    def _create(self, item: dict[str, Any]) -> list[str]:
        """Create an item, and return its id; nothing if another run was first."""
        context = self.context
        body = {each.graph: item[each.graph] for each in self.type.item.fields if each.graph in item}
        post = partial(context.session.post, self.path, body, version=context.version)
        try:
            created = wait.while_unknown(post, self.check_exists) or {}
        except (BadRequest, Conflict) as error:
            # No page says in which words a second item of a key is refused.
            if not (says_it_exists(error) or wait.until(partial(self._shows, item), _SHOWS_WITHIN)):
                raise
            return []
        context.written = True
        return [str(created["id"])] if created.get("id") else []

    def _shows(self, item: dict[str, Any]) -> bool | None:
        return True if self.type.existing(item, self.read()) is not None else None

    def _address(self, item: Raw) -> str:
        return f"{self.path}/{odata.segment(str(item['id']))}"
