# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entra security groups, assigned and dynamic (v1.0 /groups)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from .._engine import wait
from .._engine.errors import CreateOnlyChange, InvalidOptions, Unfinished, says_it_exists
from .._engine.fields import SWITCH, Enum, Field, FieldType, arguments
from .._engine.options import Spec, empty_option, resource_options
from .._engine.ownership import DirectoryText
from .._engine.references import Reference, ResolvedNames
from .._engine.relations import Relation
from .._engine.removal import ACCESS_POLICIES, ASSIGNED, ELSEWHERE, Use
from .._engine.resource import ObjectType, Params, Raw, Resource
from .._engine.text_fields import Name, Pattern, Rule
from .._graph import odata
from .._graph.errors import GraphError, NotFound
from .._graph.session import GraphSession
from .._graph.shapes import TEXTS, Shape
from .group_contents import ABOUT_DEVICES, ABOUT_USERS
from .reference_types import DEVICE_BY_DEVICE_ID, DIRECTORY_OBJECT, GROUP, USER

_DYNAMIC = "DynamicMembership"
_DELETED = "directory/deletedItems"
# Statuses with which a service answers that does not know the upsert, or does not grant it; POST is tried then.
_NO_UPSERT = (400, 403, 404, 405, 409, 501)


class _ProcessingState(FieldType):
    """on or paused; Graph writes them with a capital letter."""

    def argument(self) -> dict[str, Any]:
        return {"type": "str", "choices": ["on", "paused"]}

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return str(value).capitalize()

    def equal(self, desired: Any, current: Any) -> bool:
        return str(desired or "").lower() == str(current or "").lower()

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return str(value).lower() if value else None


class _Rule(Rule):
    def check(self, value: Any) -> None:
        if value and not value.strip():
            raise ValueError('is blank: a rule is such as (device.deviceOSType -eq "iPad")')
        if value:
            super().check(value)
        if ABOUT_USERS.search(value) and ABOUT_DEVICES.search(value):
            raise ValueError("mixes user and device properties, and Entra takes only one of them in a rule")


class _Visibility(Enum):
    def check(self, value: Any) -> None:
        if value == "hidden_membership":
            raise ValueError("cannot be hidden_membership, which is for Microsoft 365 groups only")


# https://learn.microsoft.com/en-us/graph/api/resources/group (mailNickname)
_NICKNAME = Pattern(
    r"(?!.*[@()\\\[\]\";:<>, ])[!-~]{1,64}", '1 to 64 ASCII characters, without blanks and any of @()\\[]";:<>,'
)
_ASSIGNED = ObjectType("group", "group")


def _is_dynamic(raw: Raw) -> bool:
    return _DYNAMIC in (raw.get("groupTypes") or [])


def _declares_members(params: Params) -> str | None:
    return next((option for option in ("members", "absent_members") if params.get(option) is not None), None)


def _member(text: str) -> Sequence[Reference]:
    if odata.is_guid(text):
        return [Reference(DEVICE_BY_DEVICE_ID, text), Reference(DIRECTORY_OBJECT, text)]
    return [Reference(USER if "@" in text else GROUP, text)]


def _owner(text: str) -> Sequence[Reference]:
    return [Reference(DIRECTORY_OBJECT if odata.is_guid(text) else USER, text)]


class Group(Resource):
    singular = "group"
    plural = "groups"
    title = "group"
    path = "groups"
    version = "v1.0"
    # A tenant may have more groups than a document.
    is_listed_whole = False
    polymorphic = False
    types = (
        ObjectType(
            "group",
            "group",
            (
                Field("membership_rule", "membershipRule", _Rule()),
                Field("membership_rule_processing_state", "membershipRuleProcessingState", _ProcessingState()),
            ),
        ),
    )
    common_fields = (
        Field("name", "displayName", Name(256)),
        Field("description", "description", DirectoryText()),
        Field("visibility", "visibility", _Visibility("Private", "Public", "HiddenMembership")),
        Field("is_assignable_to_role", "isAssignableToRole", SWITCH, create_only=True),
        Field("mail_nickname", "mailNickname", _NICKNAME, create_only=True),
    )
    relations = (
        Relation("owners", "purge_owners", "owners", _owner, ("userPrincipalName",), absent_option="absent_owners"),
        Relation(
            "members",
            "purge_members",
            "members",
            _member,
            ("userPrincipalName", "deviceId", "displayName"),
            takes_many=True,
            applies_to=lambda raw: not _is_dynamic(raw),
            absent_option="absent_members",
        ),
    )
    select = (
        "id",
        "displayName",
        "description",
        "groupTypes",
        "mailEnabled",
        "mailNickname",
        "securityEnabled",
        "membershipRule",
        "membershipRuleProcessingState",
        "visibility",
        "isAssignableToRole",
        "createdDateTime",
        "assignedLicenses",
    )
    used_in = (*ASSIGNED, ACCESS_POLICIES, *ELSEWHERE)
    may_be_doubled = False
    further_shapes: Mapping[str, Shape] = {
        "groupTypes": TEXTS,
        "mailEnabled": bool,
        "assignedLicenses": [{"skuId": str}],
        "securityEnabled": bool,
        "deletedDateTime": str,
    }
    reported = ("groupTypes", "securityEnabled", "createdDateTime")

    always_set = ("membership_rule", "membership_rule_processing_state")
    argument_spec: ClassVar[Spec] = {
        **resource_options(),
        **relations[0].arguments(),
        **relations[1].arguments(),
        **empty_option(),
        **arguments((*types[0].fields, *common_fields)),
        "restore": {"type": "bool", "default": False},
    }

    def type_of(self, raw: Raw) -> ObjectType:
        """An assigned group may keep the rule that it had as a dynamic one; it has no effect."""
        return self.types[0] if _is_dynamic(raw) else _ASSIGNED

    def validate(self, params: Params) -> None:
        if params.get("membership_rule") and params.get("is_assignable_to_role"):
            raise InvalidOptions(
                "is_assignable_to_role and membership_rule exclude each other: Entra takes no dynamic group for roles."
            )
        if params.get("visibility") == "public" and params.get("is_assignable_to_role"):
            # https://learn.microsoft.com/graph/api/resources/group (visibility)
            raise InvalidOptions("is_assignable_to_role and visibility exclude each other: such a group is private.")
        own = {params.get("name"), (params.get("id") or "").lower()}
        if own & {text.lower() if odata.is_guid(text) else text for text in params.get("members") or ()}:
            raise InvalidOptions("members: a group cannot be a member of itself. This task wrote nothing.")
        option = _declares_members(params)
        if params.get("membership_rule") and option:
            raise InvalidOptions(
                f"{option} and membership_rule exclude each other: the rule of a dynamic group decides who is in it."
            )

    def matches(self, raw: Raw, params: Params) -> bool:
        # Microsoft 365 groups and distribution lists may have the same name; this module is about security groups.
        return raw.get("securityEnabled") is not False and not raw.get("mailEnabled")

    def checked(self, raw: dict[str, Any], params: Params) -> dict[str, Any] | None:
        if params.get("state") != "absent":
            self._check_membership(raw, params)
        return raw

    def deleted(self, session: GraphSession, params: Params) -> Raw | None:
        """Entra keeps deleted groups for 30 days: Microsoft 365 groups always, security groups by newer documentation
        only.

        [graph facts: deleted groups]
        """
        is_wanted = bool(params.get("restore"))
        try:
            found = [raw for raw in self._deleted_groups(session, params) if self.matches(raw, params)]
        except GraphError:
            # A hint is not worth a permission, nor a service that keeps none; to restore one they are needed.
            if is_wanted:
                raise
            return None
        if not is_wanted:
            return max(found, key=lambda raw: str(raw.get("deletedDateTime")), default=None)
        kept = self.only_one(found, params)
        if kept is not None:
            self._check_membership(kept, params)
        return kept

    def _deleted_groups(self, session: GraphSession, params: Params) -> list[dict[str, Any]]:
        if params.get("id"):
            try:
                return [session.get(f"{_DELETED}/{odata.segment(params['id'])}", version=self.version)]
            except NotFound:
                return []
        query = {
            "$filter": f"displayName eq {odata.literal(params['name'])}",
            "$select": ",".join((*self.select, "deletedDateTime")),
        }
        listed = session.list(f"{_DELETED}/microsoft.graph.group", version=self.version, params=query)
        return [raw for raw in listed if raw.get("displayName") == params["name"]]

    def restore(self, session: GraphSession, deleted: Raw) -> None:
        try:
            session.post(
                f"{_DELETED}/{odata.segment(str(deleted['id']))}/restore", None, version=self.version, repeatable=True
            )
        except NotFound:
            # Restored by the try whose answer was lost, or by somebody else.
            if self.read(session, str(deleted["id"])) is None:
                raise

    def other_uses(self, session: GraphSession, current: Raw, params: Params, warnings: list[str]) -> list[Use]:
        """Members that the task does not declare, groups that the group is in, and what is assigned to it."""
        path = self.address(current)
        uses = super().other_uses(session, current, params, warnings)
        above = session.list(f"{path}/memberOf", version=self.version)
        names = tuple(f"group '{raw.get('displayName') or raw['id']}'" for raw in above)
        uses += [Use("referred_to", names)] if names else []
        licences = tuple(sorted(str(each.get("skuId")) for each in current.get("assignedLicenses") or ()))
        uses += [Use("licences", licences)] if licences else []
        for relation in self.relations:
            if relation.option == "members" and relation.applies_to(current):
                members = relation.read(session, path, self.version)
                declared = params.get("members") or []
                # In check mode: who does not exist any more is no member either.
                planned = relation.plan(session, declared, members, True, ResolvedNames(), True)
                others = tuple(sorted(planned.remove.values()))
                uses += [Use("members", others)] if others else []
        return uses

    def given_back(self, params: Params, uses: Sequence[Use]) -> dict[str, Any]:
        """The declared members are taken out, unless something else uses the group with all who are in it."""
        is_used = [use.reason for use in uses] != ["members"]
        return {"absent_members": params["members"]} if params.get("members") and not is_used else {}

    def _check_membership(self, raw: Raw, params: Params) -> None:
        """An assigned group that became dynamic would lose its members, and the other way round its rule."""
        is_dynamic = _is_dynamic(raw)
        option = _declares_members(params)
        if is_dynamic and option:
            raise InvalidOptions(
                f"{self.describe(params)} is dynamic: its rule decides who is in it, {option} cannot be set. "
                "This task wrote nothing."
            )
        if not is_dynamic and params.get("membership_rule"):
            raise CreateOnlyChange(self.describe(params), ["membership_rule (the group is an assigned one)"])
        if not is_dynamic and params.get("membership_rule_processing_state"):
            raise InvalidOptions(
                f"{self.describe(params)} is an assigned group and has no rule, so no "
                "membership_rule_processing_state. This task wrote nothing."
            )
        if is_dynamic and params.get("membership_rule") == "":
            raise CreateOnlyChange(self.describe(params), ["membership_rule (the group is a dynamic one)"])

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        if params.get("membership_rule_processing_state") and not params.get("membership_rule"):
            raise InvalidOptions(
                f"{self.describe(params)} does not exist. membership_rule_processing_state needs "
                "membership_rule. This task wrote nothing."
            )
        return super().check_creatable(object_type, params)

    def create_body(
        self, object_type: ObjectType, params: Params, desired: Mapping[str, Any], ids: ResolvedNames
    ) -> dict[str, Any]:
        body = {
            "mailNickname": mail_nickname(params["name"]),
            **super().create_body(
                object_type, params, {key: value for key, value in desired.items() if value != ""}, ids
            ),
            "mailEnabled": False,
            "securityEnabled": True,
            "groupTypes": [_DYNAMIC] if params.get("membership_rule") else [],
        }
        if params.get("membership_rule"):
            # No default is documented for the processing state [graph facts: groups].
            body.setdefault("membershipRuleProcessingState", "On")
        return body

    def create(self, session: GraphSession, body: dict[str, Any], params: Params) -> tuple[dict[str, Any], bool]:
        """Create through the alternate key uniqueName, so that two runs at once make one group
        [graph facts: groups].

        The key is looked up first: it is immutable, and stays with a group that was renamed since.
        """
        path = f"groups(uniqueName={odata.segment(odata.literal(unique_name(body['displayName'])))})"
        taken, may_be_deleted = self._at(session, path), False
        if taken is None:
            try:
                created = session.patch(path, body, version=self.version, headers={"Prefer": "create-if-missing"})
                if created:
                    return created, True
            except GraphError as error:
                # Another group has the nickname that is declared, which this one will never have.
                is_nickname = params.get("mail_nickname") and "property mailnickname" in str(error).lower()
                if error.status not in _NO_UPSERT or is_nickname:
                    raise
                has_deleted = self._has_deleted(session, params)
                if not says_it_exists(error) or has_deleted:
                    return self._create_unguarded(session, body, params)
                may_be_deleted = has_deleted is None
            # A run at the same time was first, and its group may not be visible yet.
            taken = wait.until(lambda: self._at(session, path), wait.CREATED_WITHIN)
        if taken is None and not may_be_deleted:
            raise Unfinished(f"{self.describe(params)} exists, but cannot be read yet. Run again to go on.")
        is_same = taken is not None and taken.get("displayName") == body["displayName"]
        return (taken, False) if taken and is_same else self._create_unguarded(session, body, params)

    def _create_unguarded(
        self, session: GraphSession, body: dict[str, Any], params: Params
    ) -> tuple[dict[str, Any], bool]:
        """Create without the key: runs at once may do so too."""
        self.may_be_doubled = True
        return super().create(session, body, params)

    def _has_deleted(self, session: GraphSession, params: Params) -> bool | None:
        """None if deleted groups may not be read: then what exists and never shows counts as deleted."""
        with suppress(GraphError):
            return bool(self._deleted_groups(session, params))
        return None

    def _at(self, session: GraphSession, path: str) -> dict[str, Any] | None:
        try:
            return session.get(path, version=self.version, params=self.query_of(self.path))
        except GraphError as error:
            if error.status not in _NO_UPSERT:
                raise
            return None


def mail_nickname(name: str) -> str:
    """Return a mail nickname: at most 64 characters of those that Graph allows [graph facts: groups]."""
    return unique_name(name)[:64]


def unique_name(name: str) -> str:
    """Return an ASCII key for a group name; the hash keeps names apart that differ in other characters only."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:48]
    return f"{readable or 'group'}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
