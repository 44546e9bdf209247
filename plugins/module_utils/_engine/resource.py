# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A resource: what its file declares, how its objects are found, and the steps of their life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._graph.session import GraphSession
from .declaration import ObjectType, Params, Raw, base_fields, declared_fields
from .errors import InvalidOptions, ObjectNotFound
from .fields import is_nothing
from .finding import Answer, Finding
from .references import ResolvedNames
from .removal import Use, used_by

__all__ = ["Answer", "ObjectType", "Params", "Raw", "Resource", "base_fields", "declared_fields"]


class Resource(Finding):
    """A resource of Graph. Subclasses set the attributes and replace the steps in which they differ."""

    # -- what is sent ------------------------------------------------------------------------------------------------

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        """Return the type to create. Raises InvalidOptions when options for a new object are missing."""
        sections = [each.section for each in self.types if each.section]
        if object_type is None and sections:
            raise InvalidOptions(
                f"{self.describe(params)} does not exist. To create it, give one of {', '.join(sections)}. "
                "This task wrote nothing."
            )
        if object_type is None or not object_type.creatable:
            origin = f": {object_type.origin}" if object_type and object_type.origin else ""
            raise ObjectNotFound(
                f"{self.describe(params)} does not exist, and it cannot be created by this module{origin}."
                " This task wrote nothing."
            )
        options, prefix = object_type.options(params), f"{object_type.section}." if object_type.section else ""
        missing = [prefix + name for name in object_type.required if is_nothing(options.get(name))]
        self.check_missing(params, [*([] if params.get("name") else ["name"]), *missing])
        return object_type

    def check_missing(self, params: Params, missing: list[str]) -> None:
        """Refuse to create an object without the options that are missing. Raises InvalidOptions."""
        if missing:
            raise InvalidOptions(
                f"{self.describe(params)} does not exist. To create it, these options are needed: "
                f"{', '.join(missing)}. This task wrote nothing."
            )

    def create_body(
        self, object_type: ObjectType, params: Params, desired: Mapping[str, Any], ids: ResolvedNames
    ) -> dict[str, Any]:
        body = {**object_type.defaults, self.name_property: params.get("name"), **desired}
        if self.polymorphic:
            body["@odata.type"] = object_type.odata_type
        return {key: value for key, value in body.items() if value is not None}

    def completed(self, current: Raw, desired: dict[str, Any], params: Params) -> dict[str, Any]:
        """Return the desired values of an existing object, completed by what it has."""
        return desired

    # -- the steps of its life ---------------------------------------------------------------------------------------

    def before_create(self, session: GraphSession, params: Params) -> None:
        """Check, also in check mode, that the tenant is ready for a new object."""

    def create(self, session: GraphSession, body: dict[str, Any], params: Params) -> tuple[dict[str, Any], bool]:
        """Create the object; a lost answer is left to the engine.

        Returns the object, and whether it certainly holds what body says; if not, the engine compares and updates it.
        """
        collection = self.collection(body)
        created = session.post(collection, body, version=self.version_of(body)) or {}
        return (self.typed(created, collection) if created.get("id") else created), True

    def await_ready(self, session: GraphSession, raw: dict[str, Any], params: Params) -> dict[str, Any]:
        """Wait until an object can be assigned, and return it."""
        return raw

    def await_state(self, session: GraphSession, raw: Raw, params: Params) -> Raw:
        """Wait for a state that the user asked to wait for, and return the object in it."""
        return raw

    def check_change(self, session: GraphSession, current: Raw | None, predicted: Raw, params: Params) -> None:
        """Refuse an object as it will be, if it does harm although Graph takes it. Raises InvalidOptions.

        current is None for a new object.
        """

    def advice(self, session: GraphSession, raw: Raw, params: Params) -> list[str]:
        """Return warnings about an object as it will be after the task, from what Graph allows and does not support."""
        return []

    def advice_on_assignments(self, session: GraphSession, entries: Sequence[Raw], params: Params) -> list[str]:
        """Return warnings about assignments that a task is about to write."""
        return []

    def deleted(self, session: GraphSession, params: Params) -> Raw | None:
        """Return the object among deleted ones that can be restored; looked for only when it does not exist."""
        return None

    def restore(self, session: GraphSession, deleted: Raw) -> None:
        """Bring a deleted object back as it was."""

    # -- deleting with created_by ------------------------------------------------------------------------------------

    def other_uses(self, session: GraphSession, current: Raw, params: Params, warnings: list[str]) -> list[Use]:
        """Return who else uses an object that is about to be deleted, besides its assignments.

        What cannot be looked at, and does not decide, is added to the warnings.
        """
        quoted_id = f'"{current["id"]}"'.lower()
        return used_by(session, self.used_in, params, lambda text: quoted_id in text, "referred_to", warnings)

    def given_back(self, params: Params, uses: Sequence[Use]) -> dict[str, Any]:
        """Return the options that take back, besides assignments, what is ours of an object that stays."""
        return {}
