# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections below an object, which PATCH of the object does not take: their items are written one by one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from .._graph import odata
from .._graph.errors import LostAnswer, NotFound
from . import wait
from .complex_fields import Children
from .context import Context
from .fields import Field
from .resource import Raw

# How often the items are compared and written, when an answer is lost.
_TRIES = 3


def write(
    context: Context, current: Raw, field: Field, field_type: Children, desired: Sequence[dict[str, Any]]
) -> None:
    """Bring the items below an object to the desired ones."""
    path = f"{context.address(current)}/{field.address}"
    for attempt in range(1, _TRIES + 1):
        try:
            _write_all(context, current, path, field_type, desired)
            return
        except LostAnswer:
            # Read again what the lost request has done: a POST must not be repeated blindly.
            context.written = True
            if attempt == _TRIES:
                raise


def _write_all(
    context: Context, current: Raw, path: str, field_type: Children, desired: Sequence[dict[str, Any]]
) -> None:
    session, version = context.session, context.version
    exists = partial(context.check_exists, current)
    before = wait.while_unknown(lambda: list(session.list(path, version=version)), exists)
    kept = [field_type.existing(item, before) for item in desired]
    for item, existing in zip(desired, kept):
        if existing is None:
            properties = {each.graph: item[each.graph] for each in field_type.item.fields if each.graph in item}
            wait.while_unknown(partial(session.post, path, properties, version=version), exists)
        else:
            changes = field_type.changes(item, existing)
            if not changes:
                continue
            session.patch(f"{path}/{odata.segment(str(existing['id']))}", changes, version=version)
        context.written = True
    for item in before:
        if not any(item is each for each in kept):
            with suppress(NotFound):
                session.delete(f"{path}/{odata.segment(str(item['id']))}", version=version)
            context.written = True
