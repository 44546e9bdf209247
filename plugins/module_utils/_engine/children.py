# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections below an object, which PATCH of the object does not take: their items are written one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
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


def write(
    context: Context, current: Raw, field: Field, field_type: Children, desired: Sequence[dict[str, Any]]
) -> None:
    """Bring the items below an object to the desired ones.

    Runs at once may create the same item. Each reads the items until it has none to create, and all of them keep the
    same one.
    """
    path = f"{context.address(current)}/{field.address}"
    # What was created here and did not show yet.
    created: set[str] = set()
    lost: list[LostAnswer] = []

    def is_written() -> bool | None:
        before = wait.while_unknown(
            lambda: list(context.session.list(path, version=context.version)), partial(context.check_exists, current)
        )
        if not created.issubset(str(item["id"]) for item in before):
            return None
        created.clear()
        try:
            return _write_all(context, path, field_type, desired, before, created)
        except LostAnswer as error:
            # Read again what the lost request has done: a POST must not be repeated blindly.
            context.written = True
            lost.append(error)
            if len(lost) == _TRIES:
                raise
            return None

    wait.until(is_written, wait.VISIBLE_WITHIN, _FIRST_PAUSE)


def _write_all(
    context: Context,
    path: str,
    field_type: Children,
    desired: Sequence[dict[str, Any]],
    before: Sequence[dict[str, Any]],
    created: set[str],
) -> bool | None:
    """Write what differs, and add the ids of new items to created. Returns None if the items are to be read again."""
    session, version = context.session, context.version
    kept = [field_type.existing(item, sorted(before, key=lambda each: str(each["id"]))) for item in desired]
    for item, existing in zip(desired, kept):
        if existing is None:
            created.update(_create(context, path, field_type, item))
            continue
        changes = field_type.changes(item, existing)
        if changes:
            try:
                session.patch(f"{path}/{odata.segment(str(existing['id']))}", changes, version=version)
            except NotFound:
                return None
            context.written = True
    for each in before:
        if not any(each is item for item in kept):
            with suppress(NotFound):
                session.delete(f"{path}/{odata.segment(str(each['id']))}", version=version)
            context.written = True
    return None if None in kept else True


def _create(context: Context, path: str, field_type: Children, item: Mapping[str, Any]) -> list[str]:
    """Create an item, and return its id; nothing if another run was first."""
    body = {each.graph: item[each.graph] for each in field_type.item.fields if each.graph in item}
    try:
        created = wait.while_unknown(partial(context.session.post, path, body, version=context.version)) or {}
    except (BadRequest, Conflict) as error:
        if not says_it_exists(error):
            raise
        return []
    context.written = True
    return [str(created["id"])] if created.get("id") else []
