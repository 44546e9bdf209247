# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups that were deleted and can be restored, and texts that Entra takes in a form of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import wait
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import BadRequest, IntuneError, NotFound
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.group import Group
from tests.emulator.fleet import Fleet
from tests.emulator.settings import DEFAULT_PERMISSIONS
from tests.unit.emulator.api import token
from tests.unit.plugins.module_utils.intune.conftest import Json, Tenant

NAME = "O'Brien & Söhne #1"
MEMBERS = ["user01@contoso.example", "user02@contoso.example"]


def deleted(tenant: Tenant, **options: Any) -> str:
    """Make a group and delete it; return its id."""
    made = tenant("intune_group", name=NAME, **options)
    tenant("intune_group", name=NAME, state="absent")
    return str(made["id"])


@pytest.mark.provokes_bad_requests
def test_a_mail_nickname_that_another_group_has_is_refused_in_graphs_words(tenant: Tenant) -> None:
    said = "Another object with the same value for property mailNickname already exists."
    refusal = {"status": 400, "code": "Request_BadRequest", "message": said}
    tenant.emulator.faults({"match": {"method": "PATCH|POST", "path": "groups"}, "action": refusal})
    with pytest.raises(IntuneError, match=said):
        tenant("intune_group", name="G", mail_nickname="sales")


def test_a_set_that_is_not_one_value_is_emptied_by_an_empty_list(tenant: Tenant) -> None:
    for option, purge in (("members", "purge_members"), ("owners", "purge_owners")):
        said = tenant.fails("intune_group", name="G", unset=[option])
        assert f"Declare {option}: [] with {purge}: true and allow_empty: true to remove all." in said
    app: dict[str, Any] = {
        "name": "A",
        "type": "ios_store_app",
        "publisher": "P",
        "app_store_url": "https://apps.apple.com/app/id1",
    }
    tenant("intune_app", **app, categories=["Business"])
    assert "Declare categories: [] to remove all." in tenant.fails("intune_app", **app, unset=["categories"])
    assert tenant("intune_app", **app, categories=[])["changed"]
    assert "with purge_assignments: true" in tenant.fails("intune_app", **app, unset=["assignments"])


def test_an_empty_description_clears_it(tenant: Tenant) -> None:
    tenant.lives("intune_group", name="Plain", description="d")
    assert tenant.lives("intune_group", name="Plain", description="")["diff"]["after"] == {"name": "Plain"}
    tenant.lives("intune_group", name="Marked", description="d", created_by="onboarding")
    assert tenant.lives("intune_group", name="Marked", description="")["group"]["created_by"] == "onboarding"


def test_an_assigned_group_has_no_rule_to_process(tenant: Tenant) -> None:
    for said in ("needs membership_rule", "has no rule"):
        assert said in tenant.fails("intune_group", name="Assigned", membership_rule_processing_state="paused")
        tenant("intune_group", name="Assigned")
    tenant.lives(
        "intune_group",
        name="Dynamic",
        membership_rule='(user.city -eq "Rome")',
        membership_rule_processing_state="paused",
    )
    tenant.lives("intune_group", name="Dynamic", membership_rule_processing_state="on")


def test_a_microsoft_365_group_is_none_of_these(tenant: Tenant) -> None:
    values = {"displayName": "Mail", "groupTypes": ["Unified"], "mailEnabled": True, "securityEnabled": True}
    other = str(tenant.seed({"op": "create", "collection": "groups", "body": values})[0]["id"])
    assert tenant("intune_group_info", id=other)["groups"] == []


@pytest.mark.provokes_bad_requests
def test_a_service_that_knows_no_deleted_groups_makes_new_ones(tenant: Tenant) -> None:
    tenant.emulator.faults({"match": {"path": "directory/deletedItems"}, "action": {"status": 501}})
    assert tenant("intune_group", name=NAME)["warnings"] == []
    with pytest.raises(IntuneError, match="501"):
        tenant("intune_group", name="Other", restore=True)


def test_a_deleted_group_of_the_same_name_is_reported_and_a_new_one_made(tenant: Tenant) -> None:
    old = deleted(tenant, members=MEMBERS)
    for check in (True, False):
        result = tenant("intune_group", name=NAME, check=check)
        (warning,) = result["warnings"]
        assert old in warning
        assert "restore=true" in warning
        assert result["id"] != old
    assert tenant("intune_group", name=NAME)["warnings"] == []


def test_a_deleted_group_is_restored_and_brought_to_the_declared_state(tenant: Tenant) -> None:
    old = deleted(tenant, description="As it was", members=MEMBERS[:1])
    result = tenant.lives("intune_group", name=NAME, description="Again", restore=True)
    assert result["id"] == old
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"] == {"name": NAME, "description": "Again"}
    (group,) = tenant("intune_group_info", name=NAME)["groups"]
    assert group["members"] == MEMBERS[:1]


def test_members_are_added_to_those_that_a_restored_group_brings_along(tenant: Tenant) -> None:
    old = deleted(tenant, members=MEMBERS[:1])
    predicted = tenant("intune_group", name=NAME, members=MEMBERS[1:], restore=True, check=True)
    assert predicted["changed"]
    assert predicted["id"] == old
    result = tenant("intune_group", name=NAME, members=MEMBERS[1:], restore=True)
    assert result["diff"]["after"]["members"] == MEMBERS
    assert tenant("intune_group", name=NAME, members=MEMBERS[1:], restore=True)["changed"] is False


def test_a_group_is_restored_although_nothing_of_it_differs(tenant: Tenant) -> None:
    old = deleted(tenant)
    assert tenant.lives("intune_group", name=NAME, restore=True)["id"] == old


def test_a_deleted_group_is_restored_by_id_and_renamed(tenant: Tenant) -> None:
    old = deleted(tenant)
    said = tenant.fails("intune_group", id=old)
    assert "set restore=true" in said
    assert tenant.lives("intune_group", id=old, name="Other", restore=True)["group"]["name"] == "Other"
    assert "No group has the id" in tenant.fails(
        "intune_group", id="11111111-2222-3333-4444-555555555555", restore=True
    )


def test_where_nothing_is_kept_a_new_group_is_made(tenant: Tenant) -> None:
    assert tenant.lives("intune_group", name=NAME, restore=True)["changed"]


def test_several_deleted_groups_of_one_name_are_listed(tenant: Tenant) -> None:
    ids = [deleted(tenant), deleted(tenant)]
    said = tenant.fails("intune_group", name=NAME, restore=True)
    assert all(old in said for old in ids)
    assert tenant.lives("intune_group", id=ids[0], restore=True)["id"] == ids[0]


def test_a_deleted_microsoft_365_group_is_none_of_ours(tenant: Tenant) -> None:
    body = {
        "displayName": NAME,
        "groupTypes": ["Unified"],
        "mailEnabled": True,
        "securityEnabled": False,
        "mailNickname": "team",
    }
    team = tenant.seed({"op": "create", "collection": "groups", "body": body})[0]["id"]
    tenant.seed({"op": "delete_group", "id": team})
    assert tenant.lives("intune_group", name=NAME, restore=True)["id"] != team


def test_without_the_permission_a_group_is_made_all_the_same_and_restoring_says_what_is_missing(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wait, "CREATED_WITHIN", 1.0)
    deleted(tenant)
    refused = {
        "match": {"method": "GET", "path": "directory/deletedItems"},
        "action": {"status": 403, "code": "Authorization_RequestDenied"},
    }
    tenant.emulator.faults(refused)
    with pytest.raises(IntuneError, match="403"):
        tenant("intune_group", name=NAME, restore=True)
    result = tenant("intune_group", name=NAME)
    assert result["changed"]
    assert result["warnings"] == []


@pytest.mark.parametrize("status", [400, 409])
@pytest.mark.provokes_bad_requests
def test_a_group_that_exists_and_does_not_show_yet_is_not_created_a_second_time(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(wait, "CREATED_WITHIN", 1.0)
    tenant("intune_group", name=NAME)
    tenant.emulator.clock(hold=True)
    tenant.emulator.settings(eventual=600_000, refuse_hidden_names=status)
    with pytest.raises(IntuneError, match=r"exists, but cannot be read yet\. Run again"):
        tenant("intune_group", name=NAME)
    groups = [group for group in tenant.emulator.state()["groups"] if group["displayName"] == NAME]
    assert len(groups) == 1


def test_a_deleted_group_of_another_kind_is_not_restored_as_if_it_fitted(tenant: Tenant) -> None:
    deleted(tenant, membership_rule='(user.city -eq "Rome")')
    assert "is dynamic" in tenant.fails("intune_group", name=NAME, members=MEMBERS, restore=True)


def test_a_restore_whose_answer_was_lost_is_finished(tenant: Tenant) -> None:
    old = deleted(tenant)
    tenant.emulator.settings(eventual=300)
    tenant.emulator.clock(hold=True, per_request=0.1)
    tenant.emulator.faults(
        {"match": {"method": "POST", "path": "restore$"}, "nth": 1, "action": {"drop_after_execute": True}}
    )
    assert tenant("intune_group", name=NAME, restore=True)["id"] == old
    assert tenant("intune_group", name=NAME, restore=True)["changed"] is False


def test_deleted_groups_are_looked_for_only_when_one_is_about_to_be_made(tenant: Tenant) -> None:
    tenant("intune_group", name=NAME)
    tenant.emulator.journal(clear=True)
    tenant("intune_group", name=NAME, restore=True)
    tenant("intune_group", name="Not there", state="absent")
    assert not [entry for entry in tenant.emulator.journal() if "deletedItems" in entry["path"]]


class _LateGroup:
    """Stands for a session whose Graph refuses the name of a group that another run has created, and shows it late."""

    def __init__(self, shows_after: int) -> None:
        self.missing = shows_after
        self.posts = 0

    def get(self, path: str, **_more: Any) -> Json:
        self.missing -= 1
        if self.missing >= 0:
            raise NotFound("late", status=404, method="GET")
        return {"id": "1", "displayName": NAME}

    def patch(self, *_path: Any, **_more: Any) -> None:
        raise BadRequest("uniqueName already exists", status=400, method="PATCH")

    def list(self, *_path: Any, **_more: Any) -> list[Json]:
        return []

    def post(self, *_path: Any, **_more: Any) -> Json:
        self.posts += 1
        return {"id": "2", "displayName": NAME}


def test_a_group_that_exists_and_does_not_show_yet_is_not_created_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    session = _LateGroup(shows_after=3)
    found, is_as_sent = Group().create(session, {"displayName": NAME}, {"name": NAME})  # type: ignore[arg-type]
    assert (found["id"], is_as_sent, session.posts) == ("1", False, 0)


def test_what_graph_takes_of_a_group_at_create_is_declared_shown_and_given_back(tenant: Tenant) -> None:
    tenant.lives("intune_group", name=NAME, mail_nickname="nick", visibility="private")
    (group,) = tenant("intune_group_info", name=NAME)["groups"]
    assert (group["mail_nickname"], group["visibility"]) == ("nick", "private")
    assert tenant("intune_group", **group)["changed"] is False
    assert tenant.lives("intune_group", name=NAME, visibility="public")["group"]["visibility"] == "public"
    assert "mail_nickname" in tenant.fails("intune_group", name=NAME, mail_nickname="other")
    assert "is_assignable_to_role" in tenant.fails("intune_group", name=NAME, is_assignable_to_role=True)


def test_a_group_for_roles_needs_the_permission_for_it(tenant: Tenant) -> None:
    with pytest.raises(IntuneError, match=r"RoleManagement\.ReadWrite\.Directory"):
        tenant("intune_group", name=NAME, is_assignable_to_role=True)
    assert tenant.records("groups") == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"name": "x" * 257}, "name must be a text of at most 256 characters"),
        ({"mail_nickname": "a b"}, "mail_nickname must be 1 to 64 ASCII characters"),
        ({"mail_nickname": "a" * 65}, "mail_nickname must be 1 to 64 ASCII characters"),
        ({"description": "x" * 1025}, "description must be at most 1024 characters long"),
        ({"membership_rule": "  "}, "membership_rule is blank"),
        ({"membership_rule": "user.city -eq device.model"}, "membership_rule mixes user and device properties"),
        ({"visibility": "hidden_membership"}, "visibility cannot be hidden_membership"),
        (
            {"membership_rule": "(user.city -eq 1)", "is_assignable_to_role": True},
            "is_assignable_to_role and membership_rule exclude each other",
        ),
    ],
)
def test_what_entra_refuses_of_a_group_is_refused_before_any_request(
    tenant: Tenant, options: dict[str, Any], reason: str
) -> None:
    assert reason in tenant.fails("intune_group", **{"name": NAME, **options})
    assert not tenant.writes()


def test_a_rule_that_an_assigned_group_has_kept_is_neither_shown_nor_changed(tenant: Tenant) -> None:
    tenant.seed(
        {
            "op": "create",
            "collection": "groups",
            "body": {
                "displayName": NAME,
                "groupTypes": [],
                "membershipRule": '(device.deviceOSType -eq "iPad")',
                "membershipRuleProcessingState": "Paused",
            },
        }
    )
    (group,) = tenant("intune_group_info", name=NAME)["groups"]
    assert not {"membership_rule", "membership_rule_processing_state"} & group.keys()
    again = tenant("intune_group", **group, members=MEMBERS[:1])
    assert not {"membership_rule", "membership_rule_processing_state"} & again["group"].keys()
    assert tenant("intune_group", **group)["changed"] is False
    assert tenant("intune_group", name=NAME, membership_rule="")["changed"] is False


@pytest.mark.parametrize("option", ["members", "owners"])
def test_removing_everybody_is_asked_for_in_so_many_words(tenant: Tenant, option: str) -> None:
    declared: Json = {option: MEMBERS}
    tenant("intune_group", name=NAME, **declared)
    options: Json = {"name": NAME, option: [], f"purge_{option}": True}
    assert "allow_empty=true" in tenant.fails("intune_group", **options)
    predicted = tenant("intune_group", check=True, **options, allow_empty=True)
    assert any(f"all 2 {option} are removed" in text for text in predicted["warnings"])
    if option == "members":  # Entra does not let the last owner be removed
        assert tenant("intune_group", **options, allow_empty=True)["changed"]
        assert not tenant("intune_group", **options, allow_empty=True)["changed"]


def device_of(tenant: Tenant, number: int) -> str:
    return str(tenant.seed({"op": "device", "number": number, "values": {}})[0]["azureADDeviceId"])


def test_members_are_added_and_removed_by_name_and_all_others_stay(tenant: Tenant) -> None:
    tenant("intune_group", name="Inner")
    device, other_device = device_of(tenant, 0), device_of(tenant, 1)
    tenant("intune_group", name=NAME, members=[*MEMBERS, device, other_device, "Inner"])
    result = tenant.lives(
        "intune_group",
        name=NAME,
        members=["user03@contoso.example"],
        absent_members=[MEMBERS[0].upper(), f" {device.upper()}", "Inner", "user04@contoso.example"],
    )
    stay = sorted([MEMBERS[1], other_device])
    assert result["diff"]["before"]["members"] == sorted([*MEMBERS, device, other_device, "Inner"])
    assert result["diff"]["after"]["members"] == sorted([*stay, "user03@contoso.example"])
    assert result["group"]["members"] == sorted([*stay, "user03@contoso.example"])
    again = tenant.lives("intune_group", name=NAME, absent_members=["user03@contoso.example"])
    assert again["group"]["members"] == stay
    (group,) = tenant("intune_group_info", name=NAME)["groups"]
    assert group["members"] == stay


def test_the_last_named_member_is_removed_without_a_word_about_an_empty_group(tenant: Tenant) -> None:
    tenant("intune_group", name=NAME, members=MEMBERS)
    assert tenant.lives("intune_group", name=NAME, absent_members=MEMBERS)["group"]["members"] == []


def test_an_owner_is_removed_by_name(tenant: Tenant) -> None:
    tenant("intune_group", name=NAME, owners=MEMBERS)
    result = tenant.lives("intune_group", name=NAME, absent_owners=MEMBERS[:1])
    assert result["group"]["owners"] == MEMBERS[1:]


def test_an_exact_list_of_members_takes_absent_ones_too(tenant: Tenant) -> None:
    tenant("intune_group", name=NAME, members=MEMBERS)
    options: Json = {"name": NAME, "members": MEMBERS[1:], "purge_members": True, "absent_members": MEMBERS[:1]}
    assert tenant.lives("intune_group", **options)["group"]["members"] == MEMBERS[1:]


def test_a_purge_without_members_removes_the_absent_ones_only(tenant: Tenant) -> None:
    tenant("intune_group", name=NAME, members=MEMBERS)
    result = tenant.lives("intune_group", name=NAME, absent_members=MEMBERS[:1], purge_members=True)
    assert result["group"]["members"] == MEMBERS[1:]


@pytest.mark.parametrize("is_member", [True, False])
def test_who_is_both_present_and_absent_is_refused_however_written(tenant: Tenant, is_member: bool) -> None:
    tenant("intune_group", name=NAME, members=MEMBERS[:1] if is_member else [])
    user = Fleet(10, 10, 1, "contoso.example").user(0)
    for member, absent in (
        (MEMBERS[0], MEMBERS[0].upper()),
        (MEMBERS[0], user["id"]),
        (user["id"], MEMBERS[0]),
    ):
        for check in (True, False):
            said = tenant.fails("intune_group", name=NAME, members=[member], absent_members=[absent], check=check)
            assert said == f"'{absent}' is in members and in absent_members. This task wrote nothing."
    said = tenant.fails("intune_group", name=NAME, owners=[user["id"]], absent_owners=[MEMBERS[0]])
    assert "in owners and in absent_owners" in said


def test_who_does_not_exist_is_no_member(tenant: Tenant) -> None:
    for check in (True, False, False):
        result = tenant("intune_group", name=NAME, absent_members=["gone@contoso.example", "Gone"], check=check)
        assert result["warnings"] == [
            "absent_members: 'gone@contoso.example' was not found.",
            "absent_members: 'Gone' was not found.",
        ]
    assert not result["changed"]
    assert "Not found: group 'Gone'" in tenant.fails("intune_group", name=NAME, members=["Gone"], absent_members=["Oh"])


def test_a_blank_that_is_none_of_the_keyboard_is_named(tenant: Tenant) -> None:
    said = tenant.fails("intune_group", name=NAME, members=["Pilot\u00a0ring", "Pilot ring"])
    assert "A name has a blank other than the usual one (U+00A0): type it anew." in said
    assert "usual one" not in tenant.fails("intune_group", name=NAME, members=["Pilot ring"])


def test_a_member_that_shows_nothing_but_its_id_is_removed_by_name(tenant: Tenant) -> None:
    """So Graph answers to a login that may read groups and not users."""
    tenant("intune_group", name=NAME, members=MEMBERS)
    fleet = Fleet(10, 10, 1, "contoso.example")
    bare = [{"@odata.type": "#microsoft.graph.user", "id": fleet.user(number)["id"]} for number in range(2)]
    tenant.emulator.faults(
        {"match": {"method": "GET", "path": "/members$"}, "nth": 1, "action": {"status": 200, "body": {"value": bare}}}
    )
    result = tenant("intune_group", name=NAME, absent_members=MEMBERS[:1])
    assert result["changed"]
    assert tenant("intune_group_info", name=NAME)["groups"][0]["members"] == MEMBERS[1:]


def test_a_dynamic_group_takes_no_absent_members(tenant: Tenant) -> None:
    rule = '(user.city -eq "Rome")'
    said = tenant.fails("intune_group", name=NAME, membership_rule=rule, absent_members=MEMBERS)
    assert "absent_members and membership_rule exclude each other" in said
    tenant("intune_group", name=NAME, membership_rule=rule)
    said = tenant.fails("intune_group", name=NAME, absent_members=MEMBERS)
    assert "absent_members cannot be set" in said


def test_a_configuration_takes_members_out(tenant: Tenant) -> None:
    tenant("intune_group", name=NAME, members=MEMBERS)
    groups = [{"name": NAME, "absent_members": MEMBERS[:1]}, {"name": "New", "absent_members": ["Gone"]}]
    for is_changed in (True, False):
        result = tenant("intune_configuration", configuration={"groups": groups})
        assert result["changed"] is is_changed
        assert any("'Gone' was not found" in text for text in result["warnings"])
    assert tenant("intune_group_info", name=NAME)["groups"][0]["members"] == MEMBERS[1:]


@pytest.fixture
def permitted(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Log in anew, with permissions for groups and these."""

    def log_in(*permissions: str) -> None:
        tenant.emulator.settings(
            permissions=["GroupMember.ReadWrite.All", "GroupMember.Read.All", "Group.Create", *permissions]
        )
        monkeypatch.setitem(tenant.credentials, "access_token", token(tenant.emulator)["access_token"])

    yield log_in
    tenant.emulator.settings(permissions=list(DEFAULT_PERMISSIONS))


@pytest.mark.parametrize("kind", ["device", "device_by_object", "user", "group"])
def test_a_member_by_id_takes_the_permissions_of_its_type(
    tenant: Tenant, permitted: Callable[..., None], kind: str
) -> None:
    device = tenant.seed({"op": "device", "number": 1, "values": {}})[0]["azureADDeviceId"]
    tenant("intune_group", name="Inner")
    tenant("intune_group", name=NAME, members=[device, MEMBERS[0], "Inner"])
    (group,) = tenant.emulator.state()["groups"][-1:]
    by_object, user, inner = group["members"]
    wanted, further = {
        "device": (device, "Device.ReadWrite.All"),
        "device_by_object": (by_object, "Device.ReadWrite.All"),
        "user": (user, "User.ReadWrite.All"),
        "group": (inner, "Group.ReadWrite.All"),
    }[kind]
    permitted(further)
    assert tenant.lives("intune_group", name="Other", members=[wanted])["diff"]["after"]["members"] == [wanted]
    tenant("intune_group", name="Other", absent_members=[wanted])
    assert tenant("intune_group", name="Other", absent_members=[wanted])["changed"] is False


def test_a_member_that_may_be_of_a_type_out_of_sight_is_refused_before_anything_is_written(
    tenant: Tenant, permitted: Callable[..., None]
) -> None:
    permitted("Device.ReadWrite.All")
    said = tenant.fails("intune_group", name=NAME, members=["11111111-2222-3333-4444-555555555555"])
    assert "Directory.Read.All" in said
