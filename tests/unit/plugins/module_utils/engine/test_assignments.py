# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Assignments: nobody's is lost, a repeated run changes nothing, a purge is exact."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import assignments
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.assignments import AssignmentPlan
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.references import Reference, ResolvedNames
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.assignable import (
    APP_ASSIGNMENTS,
    DEVICE_CONFIGURATION_ASSIGNMENTS,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.reference_types import (
    FILTER,
    GROUP,
    IOS_VPN_PROFILE,
)

Json = dict[str, Any]
TYPE = "#microsoft.graph."
GROUPS = [f"group {number}" for number in range(6)]
FILTERS = ["filter 0", "filter 1"]


def guid(text: str) -> str:
    return f"{sum(map(ord, text)):08x}-0000-0000-0000-{int(text[-1]):012x}"


IDS = ResolvedNames(
    {
        **{Reference(GROUP, name): {"id": guid(name), "displayName": name} for name in GROUPS},
        **{Reference(FILTER, name): {"id": guid(name), "displayName": name} for name in FILTERS},
        Reference(IOS_VPN_PROFILE, "vpn 1"): {"id": guid("vpn 1"), "displayName": "vpn 1"},
    }
)


def plan(current: list[Json], items: list[Json], purge: bool = False) -> AssignmentPlan:
    assignments.check(items, APP_ASSIGNMENTS, "iosStoreApp")
    return assignments.plan(current, items, purge, APP_ASSIGNMENTS, "iosStoreApp", IDS)


def is_shown(entries: list[Json], present: list[Json]) -> bool:
    return assignments.shown_by(entries, present, present, APP_ASSIGNMENTS, "iosStoreApp")


def as_graph_returns(entries: list[Json]) -> list[Json]:
    """Graph adds ids, nulls and the source, and does not keep the order or the case of GUIDs."""
    returned = []
    for number, entry in enumerate(reversed(entries)):
        target = {
            "deviceAndAppManagementAssignmentFilterId": None,
            "deviceAndAppManagementAssignmentFilterType": "none",
            **entry["target"],
        }
        if target.get("groupId"):
            target["groupId"] = target["groupId"].upper()
        settings = entry.get("settings")
        if settings:
            settings = {"isRemovable": None, "vpnConfigurationId": None, **settings}
        returned.append(
            {
                "id": f"assignment_{number}",
                "source": "direct",
                "sourceId": f"{number}",
                "settings": settings,
                **entry,
                "target": target,
            }
        )
        returned[-1]["settings"] = settings
    return returned


def _fitting(item: Json) -> Json:
    """Intune takes is_removable for apps that are required only."""
    settings = {
        name: value
        for name, value in item.get("settings", {}).items()
        if name != "is_removable" or item["intent"] == "required"
    }
    return {**item, "settings": settings} if "settings" in item else item


def targets() -> st.SearchStrategy[list[Json]]:
    one = st.one_of(
        st.fixed_dictionaries(
            {"group": st.sampled_from(GROUPS), "intent": st.sampled_from(["required", "available", "uninstall"])},
            optional={
                "filter": st.sampled_from(FILTERS),
                "settings": st.fixed_dictionaries(
                    {}, optional={"is_removable": st.booleans(), "vpn_profile": st.just("vpn 1")}
                ),
            },
        ).map(_fitting),
        st.fixed_dictionaries(
            {"group": st.sampled_from(GROUPS), "exclude": st.just(True), "intent": st.just("required")}
        ),
        st.fixed_dictionaries({"all_devices": st.just(True), "intent": st.just("required")}),
        st.fixed_dictionaries(
            {"all_users": st.just(True), "intent": st.just("required")}, optional={"filter": st.sampled_from(FILTERS)}
        ),
    )
    return st.lists(
        one, max_size=6, unique_by=lambda item: (item.get("group"), item.get("all_devices"), item.get("all_users"))
    )


@given(there=targets(), wanted=targets(), purge=st.booleans())
def test_a_second_run_changes_nothing(there: list[Json], wanted: list[Json], purge: bool) -> None:
    current = as_graph_returns(plan([], there).entries)
    first = plan(current, wanted, purge)
    second = plan(as_graph_returns(first.entries), wanted, purge)
    assert not second.changed
    assert is_shown(first.entries, second.entries)


@given(there=targets(), wanted=targets())
def test_what_others_assigned_survives(there: list[Json], wanted: list[Json]) -> None:
    current = as_graph_returns(plan([], there).entries)
    planned = plan(current, wanted)
    declared = {(item.get("group"), item.get("all_devices"), item.get("all_users")) for item in wanted}
    others = [
        item for item in there if (item.get("group"), item.get("all_devices"), item.get("all_users")) not in declared
    ]
    shown = assignments.show(planned.entries, APP_ASSIGNMENTS, "iosStoreApp", IDS)
    for item in assignments.show(plan([], others).entries, APP_ASSIGNMENTS, "iosStoreApp", IDS):
        assert item in shown
    assert planned.changed == (not is_shown(planned.entries, current))


@given(there=targets(), wanted=targets())
def test_a_purge_leaves_exactly_the_targets_that_are_declared(there: list[Json], wanted: list[Json]) -> None:
    planned = plan(as_graph_returns(plan([], there).entries), wanted, purge=True)
    assert len(planned.entries) == len(wanted)
    without_settings = [{key: value for key, value in item.items() if key != "settings"} for item in wanted]
    filters = {repr(entry["target"].get("deviceAndAppManagementAssignmentFilterId")) for entry in planned.entries}
    assert filters == {repr(guid(item["filter"]) if item.get("filter") else None) for item in without_settings}


@given(there=targets(), wanted=targets())
def test_nothing_is_sent_that_only_graph_writes(there: list[Json], wanted: list[Json]) -> None:
    for entry in plan(as_graph_returns(plan([], there).entries), wanted).entries:
        assert set(entry) <= {"@odata.type", "intent", "target", "settings"}
        assert None not in entry["target"].values()


def test_what_was_sent_is_shown_beside_what_others_have_assigned_since() -> None:
    before, sent, since = (as_graph_returns(plan([], [{"group": group}]).entries) for group in GROUPS[:3])
    for present, is_right in (
        ([], False),
        (before, False),
        (sent, True),
        (sent + before, False),
        (sent + since, True),
        (since, False),
    ):
        assert assignments.shown_by(sent, present, before, APP_ASSIGNMENTS, "iosStoreApp") == is_right


def test_an_intent_that_graph_fills_in_is_no_difference() -> None:
    target = {"@odata.type": f"{TYPE}groupAssignmentTarget", "groupId": guid(GROUPS[0])}
    current = [{"id": "1", "intent": "apply", "source": "direct", "target": target}]
    assert assignments.shown_by(
        [{"target": target}], current, [], DEVICE_CONFIGURATION_ASSIGNMENTS, "iosVpnConfiguration"
    )
    assert not assignments.plan(
        current, [{"group": GROUPS[0]}], False, DEVICE_CONFIGURATION_ASSIGNMENTS, "iosVpnConfiguration", IDS
    ).changed


def test_an_empty_list_with_purge_removes_all() -> None:
    current = as_graph_returns(plan([], [{"group": GROUPS[0]}, {"all_users": True}]).entries)
    assert plan(current, [], purge=True).entries == []
    assert plan(current, [], purge=True).changed
    assert not plan(current, []).changed


def test_what_a_policy_set_assigned_survives_a_purge() -> None:
    current = as_graph_returns(plan([], [{"group": GROUPS[0]}]).entries)
    current[0]["source"] = "policySets"
    assert len(plan(current, [], purge=True).entries) == 1


def test_what_a_policy_set_assigns_too_is_one_target() -> None:
    """https://github.com/Microsoft365DSC/Microsoft365DSC/issues/3058"""
    direct = as_graph_returns(plan([], [{"group": GROUPS[0]}, {"all_users": True}]).entries)
    by_sets = [{**entry, "id": f"set_{number}", "source": "policySets"} for number in (1, 2) for entry in direct]
    for current in (direct + by_sets, by_sets + direct):
        shown = assignments.show(current, APP_ASSIGNMENTS, "iosStoreApp", IDS)
        assert len(shown) == 2
        given_back = [{**item, "group": GROUPS[0]} if "group" in item else item for item in shown]
        for items in (given_back, given_back[:1], []):
            assert not plan(current, items).changed
        changed = plan(current, [{"group": GROUPS[1]}])
        assert len(changed.entries) == 3
        assert len(plan(current, [{"group": GROUPS[1]}], purge=True).entries) == 3
    assert len(plan(by_sets, [{"group": GROUPS[1]}]).entries) == 3


def test_a_group_that_is_included_and_excluded_by_different_intents_is_given_back() -> None:
    """https://github.com/MSEndpointMgr/IntuneWin32App/issues/101"""
    items: list[Json] = [
        {"group": GROUPS[0], "intent": "uninstall"},
        {"group": GROUPS[0], "intent": "available", "exclude": True},
    ]
    created = plan([], items)
    assert [entry["intent"] for entry in created.entries] == ["uninstall", "available"]
    assert len(created.added_groups) == 1
    current = as_graph_returns(created.entries)
    assert not plan(current, items).changed
    assert not plan(current, items, purge=True).changed
    changed = plan(current, [{**items[0], "intent": "required"}, items[1]])
    assert [entry["intent"] for entry in changed.entries] == ["required", "available"]
    assert [entry["intent"] for entry in plan(current[:1], items).entries] == ["uninstall", "available"]


def test_state_absent_removes_just_that_assignment() -> None:
    current = as_graph_returns(plan([], [{"group": GROUPS[0]}, {"group": GROUPS[1]}]).entries)
    planned = plan(current, [{"group": GROUPS[0], "state": "absent"}])
    assert [entry["target"]["groupId"] for entry in planned.entries] == [guid(GROUPS[1]).upper()]
    assert not plan(as_graph_returns(planned.entries), [{"group": GROUPS[0], "state": "absent"}]).changed


def test_an_exclusion_becomes_an_inclusion_and_not_a_second_entry() -> None:
    current = as_graph_returns(plan([], [{"group": GROUPS[0], "exclude": True}]).entries)
    planned = plan(current, [{"group": GROUPS[0]}])
    assert [entry["target"]["@odata.type"] for entry in planned.entries] == [TYPE + "groupAssignmentTarget"]


def test_an_exclusion_from_another_intent_survives_beside_the_inclusion_that_is_declared() -> None:
    excluded = as_graph_returns(plan([], [{"group": GROUPS[0], "exclude": True, "intent": "available"}]).entries)
    included = as_graph_returns(plan([], [{"group": GROUPS[0], "intent": "uninstall"}]).entries)
    for current in (excluded + included, included + excluded):
        assert not plan(current, [{"group": GROUPS[0], "intent": "uninstall"}]).changed
        assert not plan(current, [{"group": GROUPS[0], "intent": "available", "exclude": True}]).changed
        required = plan(current, [{"group": GROUPS[0], "intent": "required"}])
        assert sorted(str(entry["intent"]) for entry in required.entries) == ["available", "required"]
        assert len(plan(current, [{"group": GROUPS[0], "intent": "available"}]).entries) == 1
        assert len(plan(current, [{"group": GROUPS[0], "intent": "uninstall"}], purge=True).entries) == 1


def test_a_filter_that_is_not_declared_stays_and_filter_mode_none_removes_it() -> None:
    current = as_graph_returns(plan([], [{"group": GROUPS[0], "filter": FILTERS[0], "filter_mode": "exclude"}]).entries)
    assert not plan(current, [{"group": GROUPS[0]}]).changed
    assert not plan(current, [{"group": GROUPS[0], "filter": FILTERS[0]}]).changed
    removed = plan(current, [{"group": GROUPS[0], "filter_mode": "none"}])
    assert removed.changed
    assert "deviceAndAppManagementAssignmentFilterId" not in removed.entries[0]["target"]


def test_settings_that_are_not_declared_stay() -> None:
    current = as_graph_returns(
        plan([], [{"group": GROUPS[0], "settings": {"is_removable": True, "vpn_profile": "vpn 1"}}]).entries
    )
    planned = plan(current, [{"group": GROUPS[0], "settings": {"is_removable": False}}])
    assert planned.entries[0]["settings"]["vpnConfigurationId"] == guid("vpn 1")
    assert planned.entries[0]["settings"]["isRemovable"] is False


def test_a_target_of_a_kind_that_is_not_managed_here_survives() -> None:
    target = {"@odata.type": TYPE + "configurationManagerCollectionAssignmentTarget", "collectionId": "SMS00001"}
    current = [{"id": "x", "intent": "required", "target": target, "settings": None}]
    assert plan(current, [{"all_devices": True}]).entries[0]["target"] == target


def test_a_target_of_another_kind_is_known_again_with_what_graph_adds_to_it() -> None:
    target = {"@odata.type": TYPE + "configurationManagerCollectionAssignmentTarget", "collectionId": "SMS00001"}
    planned = plan(
        [{"@odata.type": TYPE + "mobileAppAssignment", "intent": "required", "target": target}], [{"all_users": True}]
    )
    assert is_shown(planned.entries, as_graph_returns(planned.entries))


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([{"group": "a"}, {"group": "a"}], "more than once"),
        ([{"group": "a"}, {"group": "a", "exclude": True}], "group 'a' is listed more than once"),
        (
            [{"group": "aaaaaaaa-0000-0000-0000-000000000001"}, {"group": "AAAAAAAA-0000-0000-0000-000000000001"}],
            "more than once",
        ),
        ([{"group": "a", "intent": "required"}, {"group": "a", "exclude": True}], "more than once"),
        ([{"group": "a", "intent": "required"}, {"group": "a", "intent": "available"}], "more than once"),
        ([{"all_users": True}, {"all_users": True}], "more than once"),
        ([{}], "exactly one of"),
        ([{"group": "a", "all_users": True}], "exactly one of"),
        ([{"all_users": True, "exclude": True}], "only a group"),
        ([{"group": "a", "exclude": True, "filter": "f"}], "neither a filter nor settings"),
        ([{"group": "a", "filter_mode": "include"}], "needs filter"),
    ],
)
def test_contradictions_are_refused(items: list[Json], said: str) -> None:
    with pytest.raises(InvalidOptions, match=said):
        assignments.check(items, APP_ASSIGNMENTS, "iosStoreApp")


def test_one_group_by_name_and_by_id_is_refused() -> None:
    ids = ResolvedNames({**IDS.objects, Reference(GROUP, guid(GROUPS[0])): {"id": guid(GROUPS[0])}})
    with pytest.raises(InvalidOptions, match="by name and by id"):
        assignments.plan(
            [], [{"group": GROUPS[0]}, {"group": guid(GROUPS[0])}], False, APP_ASSIGNMENTS, "iosStoreApp", ids
        )


def test_settings_that_an_app_of_the_type_does_not_have_are_refused() -> None:
    items = [{"group": GROUPS[0], "settings": {"auto_update_mode": "priority"}}]
    with pytest.raises(InvalidOptions, match="auto_update_mode"):
        assignments.check(items, APP_ASSIGNMENTS, "iosStoreApp")
    with pytest.raises(InvalidOptions, match="apps only"):
        assignments.check(items, DEVICE_CONFIGURATION_ASSIGNMENTS, None)
