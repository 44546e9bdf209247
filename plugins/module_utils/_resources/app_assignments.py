# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assignments of apps that are there, and nothing else of them."""

from __future__ import annotations

from typing import Any

from .._engine.errors import ObjectNotFound
from .._engine.fields import Field
from .._engine.names import snake_case
from .._engine.references import graph_type
from .._engine.resource import ObjectType, Params
from .app import App


class AssignedApp(App):
    must_exist = True

    def settable_fields(self, object_type: ObjectType) -> tuple[Field, ...]:
        return ()

    def checked(self, raw: dict[str, Any], params: Params) -> dict[str, Any]:
        """What the options say of the app is not written, so it has to be true. A name is a means to find it only."""
        told = {
            "type": snake_case(graph_type(raw)),
            "bundle_id": raw.get("bundleId"),
            "package_id": raw.get("packageId"),
        }
        if params.get("id"):
            told["name"] = raw.get("displayName")
        others = [
            f"its {option} is {value}"
            for option, value in told.items()
            if value and params.get(option) not in (None, value)
        ]
        if others:
            raise ObjectNotFound(
                f"{self.describe(params)} is not as declared: {raw['id']} is there, but {', '.join(others)}. "
                "Nothing was written."
            )
        return raw
