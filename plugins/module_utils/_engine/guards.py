# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that limit what a task is about. Empty, as from a template that ended empty, they would lift the limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .errors import InvalidOptions

GUARDS = frozenset(
    [
        "created_by",
        "name",
        "id",
        "name_pattern",
        "app_id",
        "partner",
        "package_id",
        "bundle_id",
        "dest",
        "src",
        "type",
        "user",
        "device_name",
        "serial_number",
        "azure_ad_device_id",
        "group",
        "filter",
        "groups",
        "filters",
        "assigned_to",
        "resources",
        "root_certificate_path",
    ]
)
# Options whose parts are looked at too.
_NESTED = frozenset(("filters", "look_up", "assignments"))


def refuse_empty(params: Mapping[str, Any]) -> None:
    """Refuse a limit that is declared and empty, and empty entries of lists. Raises InvalidOptions."""
    found = list(_empty("", params))
    if found:
        raise InvalidOptions(f"{', '.join(found)}: empty. Give a value, or leave it out. Nothing was written.")


def _empty(path: str, params: Mapping[str, Any]) -> Iterator[str]:
    for name, value in params.items():
        is_text = isinstance(value, str)
        if name in GUARDS and (not value.strip() if is_text else value in ([], {})):
            yield path + name
        elif name in _NESTED and isinstance(value, Mapping):
            yield from _empty(f"{path}{name}.", value)
        elif isinstance(value, list):
            for place, item in enumerate(value):
                if item is None or (isinstance(item, str) and not item.strip()):
                    yield f"{path}{name}[{place}]"
                elif name in _NESTED and isinstance(item, Mapping):
                    yield from _empty(f"{path}{name}[{place}].", item)
