# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_app_assignments: which app is meant by what is said of it, and what looking at many of them costs."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._engine.engine import reconcile
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError
from tests.unit.intune.conftest import Tenant
from tests.unit.modules.in_process import module

Json = dict[str, Any]
MODULE = "intune_app_assignments"
APPS = "deviceAppManagement/mobileApps"
PILOT: list[Json] = [{"group": "Pilot"}]
VPN: Json = {
    "connectionName": "c",
    "connectionType": "customVpn",
    "identifier": "x",
    "authenticationMethod": "certificate",
    "server": {"address": "127.0.0.1"},
}


@pytest.fixture(autouse=True)
def pilot(tenant: Tenant) -> str:
    return str(tenant("intune_group", name="Pilot")["id"])


def play_app(tenant: Tenant, package: str, name: str) -> str:
    return tenant.have(
        APPS,
        "androidManagedStoreApp",
        name,
        packageId=package,
        appIdentifier=f"app:{package}",
        publishingState="published",
    )


def settled(tenant: Tenant, *apps: Json) -> Json:
    """Assign apps, and return what a second run returns, which has nothing to do."""
    first = tenant(MODULE, apps=list(apps))
    assert [app["changed"] for app in first["apps"]] == [True] * len(apps)
    assert first["warnings"] == []
    again = tenant(MODULE, apps=list(apps))
    assert not again["changed"], again["diff"]
    assert [app["id"] for app in again["apps"]] == [app["id"] for app in first["apps"]]
    return again


def test_its_options_are_those_of_intune_app_without_what_it_does_not_do() -> None:
    own, others = module(MODULE).options["apps"], module("intune_app").options
    options = dict(own["options"])
    assert options.pop("assignments") == {**others["assignments"], "required": True}
    assert options == {name: others[name] for name in options}
    assert set(options) == {"name", "id", "type", "bundle_id", "package_id", "purge_assignments", "wait_timeout"}
    assert own["required_one_of"] == module("intune_app").constraints["required_one_of"]


def test_apps_are_found_by_all_that_tells_one_from_another(tenant: Tenant) -> None:
    ids = [
        tenant.have(APPS, "iosVppApp", "Shared name", publisher="x"),
        tenant.have(APPS, "androidLobApp", "Shared name", publisher="x", packageId="com.example.lob"),
        tenant.have(APPS, "iosStoreApp", "By bundle", publisher="x", bundleId="com.example.bundle"),
        play_app(tenant, "com.example.play", "By package"),
        tenant.have(APPS, "win32LobApp", "By name", publisher="x"),
        tenant.have(APPS, "webApp", "By id", publisher="x"),
        tenant.have(APPS, "iosLobApp", "Renamed since", publisher="x", bundleId="com.example.renamed"),
    ]
    said: list[Json] = [
        {"name": "Shared name", "type": "ios_vpp_app"},
        {"name": "Shared name", "type": "android_lob_app"},
        {"bundle_id": "com.example.bundle"},
        {"type": "android_managed_store_app", "package_id": "com.example.play", "name": "not used"},
        {"name": "By name"},
        {"id": ids[5].upper(), "name": "By id", "type": "web_app"},
        {"name": "Before", "bundle_id": "com.example.renamed"},
    ]
    found = settled(tenant, *({**app, "assignments": PILOT} for app in said))
    assert [app["id"] for app in found["apps"]] == ids
    assert [record["displayName"] for record in tenant.records(APPS) if record["id"] == ids[6]] == ["Renamed since"]


def test_nothing_is_written_when_one_of_the_apps_is_not_there_or_not_what_it_is_said_to_be(tenant: Tenant) -> None:
    twins = [
        tenant.have(APPS, "iosStoreApp", "Twin", publisher="x", bundleId="com.example.twin") for _number in range(2)
    ]
    there = tenant.have(APPS, "iosStoreApp", "There", publisher="x", bundleId="com.example.there")
    unknown = "11111111-2222-4333-8444-555555555555"
    wrong: list[tuple[Json, str]] = [
        ({"name": "Nowhere"}, "No app is found by name 'Nowhere'. Nothing was written."),
        ({"name": "There", "type": "ios_vpp_app"}, "No app is found by name 'There', type 'ios_vpp_app'."),
        ({"id": unknown}, f"No app is found by id '{unknown}'."),
        ({"package_id": "com.example.nowhere"}, "No app is found by package_id 'com.example.nowhere'."),
        ({"name": "Twin"}, f"More than one app is called 'Twin': {', '.join(sorted(twins))}."),
        (
            {"bundle_id": "com.example.twin"},
            f"More than one app is called 'com.example.twin': {', '.join(sorted(twins))}.",
        ),
        (
            {"name": "There", "bundle_id": "com.example.other"},
            f"{there} is there, but its bundle_id is com.example.there.",
        ),
        ({"id": there, "name": "Other name"}, f"{there} is there, but its name is There."),
        ({"id": there, "type": "web_app"}, f"{there} is there, but its type is ios_store_app."),
    ]
    for check in (True, False):
        for app, said in wrong:
            message = tenant.fails(
                MODULE, check=check, apps=[{"name": "There", "assignments": PILOT}, {**app, "assignments": PILOT}]
            )
            assert message.startswith("apps[1]: ")
            assert said in message
    message = tenant.fails(MODULE, apps=[{**app, "assignments": []} for app, _said in wrong[:6]])
    assert [line.split(":")[0] for line in message.splitlines()] == [f"apps[{place}]" for place in range(6)]


@pytest.mark.parametrize(
    ("apps", "said"),
    [
        ([{"name": "A"}, {"name": "B"}, {"name": "A"}], "apps[2]: the name 'A' is that of apps[0] as well."),
        (
            [{"name": "A", "type": "web_app"}] * 2,
            "apps[1]: the name 'A' with type 'web_app' is that of apps[0] as well.",
        ),
        ([{"package_id": "a.b"}] * 2, "apps[1]: the package_id 'a.b' is that of apps[0] as well."),
        (
            [{"id": "11111111-2222-4333-8444-55555555555A"}, {"id": "11111111-2222-4333-8444-55555555555a"}],
            "apps[1]: the id ",
        ),
        ([{"name": "A", "type": "web_app", "bundle_id": "a.b"}], "a web link does not take bundle_id"),
        ([{"name": "A", "assignments": [*PILOT, *PILOT]}], "apps[0]: assignments: "),
        (
            [{"name": "A", "type": "web_app", "assignments": [{"group": "Pilot", "settings": {"is_removable": True}}]}],
            "takes no settings called is_removable",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_any_request(tenant: Tenant, apps: list[Json], said: str) -> None:
    assert said in tenant.fails(MODULE, apps=[{"assignments": PILOT, **app} for app in apps])
    assert tenant.emulator.journal() == []


def test_two_entries_that_turn_out_to_be_one_app_are_refused(tenant: Tenant) -> None:
    app = tenant.have(APPS, "iosStoreApp", "One", publisher="x", bundleId="com.example.one")
    for other in ({"name": "One", "type": "ios_store_app"}, {"bundle_id": "com.example.one"}, {"id": app}):
        assert f"apps[1] and apps[0] are one app, {app}." in tenant.fails(
            MODULE, apps=[{"name": "One", "assignments": []}, {**other, "assignments": PILOT}]
        )


def test_a_hundred_apps_without_a_change_cost_a_handful_of_requests(tenant: Tenant) -> None:
    tenant.have("deviceManagement/deviceConfigurations", "iosVpnConfiguration", "Tunnel", **VPN)
    for number in range(50):
        tenant.have(APPS, "iosVppApp", f"App {number}", publisher="x")
        play_app(tenant, f"com.example.app{number}", f"Play {number}")
    # Without the type nobody knows before that an app takes such settings.
    settings = {"settings": {"vpn_profile": "Tunnel"}, "filter": "Corporate iOS"}
    by_name = [{"name": f"App {number}", "assignments": [{**PILOT[0], **settings}]} for number in range(50)]
    by_package = [{"package_id": f"com.example.app{number}", "assignments": PILOT} for number in range(50)]
    everybody: list[Json] = [
        {"package_id": app["package_id"], "assignments": [{"all_devices": True}]} for app in by_package
    ]
    assert tenant(MODULE, check=True, diff=False, apps=everybody)["graph_requests"] == 1
    # 50 names, one list of apps that have packages, one group and one filter in three $batches; then the VPN profile.
    assert settled(tenant, *by_name, *by_package)["graph_requests"] == 4
    tenant.emulator.settings(page_size=20)
    try:
        # The list of apps has three pages: each is read once, not once for each app.
        assert tenant(MODULE, apps=[*by_name, *by_package])["graph_requests"] == 6
    finally:
        tenant.emulator.settings(page_size=None)


def test_long_lists_of_assignments_are_read_together(tenant: Tenant) -> None:
    """$expand stops after 20 assignments."""
    groups = tenant.seed(
        *({"op": "create", "collection": "groups", "body": {"displayName": f"Group {number}"}} for number in range(25))
    )
    apps = []
    for number in range(10):
        app = tenant.have(APPS, "iosVppApp", f"App {number}", publisher="x")
        targets = [
            {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group["id"]} for group in groups
        ]
        tenant.seed(
            {
                "op": "assign",
                "collection": APPS,
                "id": app,
                "assignments": [{"intent": "required", "target": target} for target in targets],
            }
        )
        apps.append({"name": f"App {number}", "assignments": PILOT})
    again = settled(tenant, *apps)
    assert [len(app["app"]["assignments"]) for app in again["apps"]] == [26] * 10
    assert again["graph_requests"] == 2


def test_groups_that_others_named_are_looked_up_once_for_all_diffs(tenant: Tenant) -> None:
    theirs = tenant("intune_group", name="Theirs")["id"]
    for number in range(30):
        app = tenant.have(APPS, "iosVppApp", f"App {number}", publisher="x")
        target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": theirs}
        tenant.seed(
            {"op": "assign", "collection": APPS, "id": app, "assignments": [{"intent": "required", "target": target}]}
        )
    predicted = tenant(
        MODULE, check=True, apps=[{"name": f"App {number}", "assignments": PILOT} for number in range(30)]
    )
    assert [[item["group"] for item in diff["before"]["assignments"]] for diff in predicted["diff"]] == [
        ["Theirs"]
    ] * 30
    # 30 apps and a group in two $batches, and the name of theirs.
    assert predicted["graph_requests"] == 3


def test_an_app_that_vanishes_while_others_are_assigned_is_an_error_and_is_not_added(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps = [tenant.have(APPS, "iosStoreApp", name, publisher="x") for name in ("First", "Second")]

    def deleting(*arguments: Any) -> Json:
        result = reconcile(*arguments)
        tenant.seed({"op": "delete", "collection": APPS, "id": apps[1]})
        return result

    monkeypatch.setattr(f"{reconcile.__module__.rpartition('.')[0]}.many.reconcile", deleting)
    with pytest.raises(
        IntuneError, match=r"1 of 2 apps failed.\napps\[1\], app 'Second': No app is found by name 'Second'."
    ):
        tenant(MODULE, apps=[{"name": name, "assignments": PILOT} for name in ("First", "Second")])
    assert [record["displayName"] for record in tenant.records(APPS)] == ["First"]
