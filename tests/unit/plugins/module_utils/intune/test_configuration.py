# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_configuration: a tenant as one document."""

from __future__ import annotations

import os
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from ansible_collections.mobilesec.intune.plugins.module_utils._variables_files import load
from tests.samples import APPS, PROFILES, STORE_APP, VPN
from tests.unit.plugins.module_utils.intune.conftest import Tenant

Json = dict[str, Any]
MODULE = "intune_configuration"
PER_APP_VPN: Json = {**VPN, "enable_per_app": True, "provider_type": "packet_tunnel"}
# Each refers to what stands further down, in the document and in the order of its keys.
WHOLE: Json = {
    "app_configs": [
        {"name": "Settings", "target_apps": ["Protect"], "ios": {"settings": [{"key": "a", "value": "b"}]}},
    ],
    "apps": [
        {
            "name": "Protect",
            **STORE_APP,
            "assignments": [{"group": "Pilot", "filter": "Corporate", "settings": {"vpn_profile": "Tunnel"}}],
        }
    ],
    "vpn_profiles": [{"name": "Tunnel", "ios": PER_APP_VPN, "assignments": [{"group": "Outer"}]}],
    "groups": [{"name": "Outer", "members": ["Pilot"]}, {"name": "Pilot"}],
    "assignment_filters": [
        {"name": "Corporate", "platform": "ios", "rule": '(device.deviceOwnership -eq "Corporate")'}
    ],
    "compliance_policies": [
        {"name": "Policy", "ios": {"passcode_required": True}, "assignments": [{"group": "Pilot"}]}
    ],
}


def places(result: Json) -> list[str]:
    return [item["place"] for item in result["objects"] if item["changed"]]


def settled(tenant: Tenant, **options: Any) -> Json:
    """Check mode predicts what the run does, and a second run has nothing to do. Returns the result of the run."""
    predicted = tenant(MODULE, check=True, **options)
    done = tenant(MODULE, **options)
    assert places(predicted) == places(done)
    assert predicted["diff"] == done["diff"]
    assert predicted["warnings"] == done["warnings"] == []
    again = tenant(MODULE, **options)
    assert not again["changed"], again["diff"]
    assert again["diff"] == []
    return done


def test_what_the_document_declares_is_created_in_an_order_in_which_it_can_be(tenant: Tenant) -> None:
    done = settled(tenant, configuration=WHOLE)
    assert len(places(done)) == 7
    (app,) = [record for record in tenant.records(APPS) if record["displayName"] == "Protect"]
    assert app["assignments"][0]["target"]["groupId"] == done["objects"][2]["id"]
    removed = settled(tenant, configuration=WHOLE, state="absent")
    assert len(places(removed)) == 7
    assert [record["displayName"] for record in tenant.records(PROFILES)] == []


# -- which object matches -----------------------------------------------------------------------------------------

PILOT: list[Json] = [{"group": "Pilot"}]


@pytest.fixture
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


def assigned(tenant: Tenant, *apps: Json) -> Json:
    """Assign apps, and return what a second run returns, which has nothing to do."""
    first = tenant(MODULE, configuration={"apps": list(apps)})
    assert [app["changed"] for app in first["objects"]] == [True] * len(apps)
    assert first["warnings"] == []
    again = tenant(MODULE, configuration={"apps": list(apps)})
    assert not again["changed"], again["diff"]
    assert [app["id"] for app in again["objects"]] == [app["id"] for app in first["objects"]]
    return again


@pytest.mark.usefixtures("pilot")
def test_apps_are_found_by_all_that_tells_one_from_another(tenant: Tenant) -> None:
    ids = [
        tenant.have(APPS, "iosVppApp", "Shared name", publisher="x"),
        tenant.have(APPS, "androidLobApp", "Shared name", publisher="x", packageId="com.example.lob"),
        tenant.have(APPS, "iosStoreApp", "By bundle", publisher="x", bundleId="com.example.bundle"),
        play_app(tenant, "com.example.play", "By package"),
        tenant.have(APPS, "win32LobApp", "By name", publisher="x"),
        tenant.have(APPS, "webApp", "By id", publisher="x"),
    ]
    said: list[Json] = [
        {"name": "Shared name", "type": "ios_vpp_app"},
        {"name": "Shared name", "type": "android_lob_app"},
        {"bundle_id": "com.example.bundle"},
        {"type": "android_managed_store_app", "package_id": "com.example.play", "name": "not used"},
        {"name": "By name"},
        {"id": ids[5].upper(), "name": "By id", "type": "web_app"},
    ]
    found = assigned(tenant, *({**app, "assignments": PILOT} for app in said))
    assert [app["id"] for app in found["objects"]] == ids


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
    assert said in tenant.fails(MODULE, configuration={"apps": apps})
    assert tenant.emulator.journal() == []


def test_connectors_are_told_apart_by_their_partners(tenant: Tenant) -> None:
    partners = [{"partner": "Zimperium"}, {"partner": "Check Point Harmony Mobile"}]
    assert len(places(settled(tenant, configuration={"mtd_connectors": partners}))) == 2
    twice = tenant.fails(MODULE, configuration={"mtd_connectors": [*partners, {"partner": "zimperium"}]})
    assert "mtd_connectors[2] and mtd_connectors[0] are one mobile threat defense connector" in twice


@pytest.mark.usefixtures("pilot")
def test_two_items_that_turn_out_to_be_one_app_are_refused(tenant: Tenant) -> None:
    app = tenant.have(APPS, "iosStoreApp", "One", publisher="x", bundleId="com.example.one")
    for other in ({"name": "One", "type": "ios_store_app"}, {"bundle_id": "com.example.one"}, {"id": app}):
        assert f"apps[1] and apps[0] are one app, {app}." in tenant.fails(
            MODULE, configuration={"apps": [{"name": "One", "assignments": []}, {**other, "assignments": PILOT}]}
        )


# -- requests -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("pilot")
def test_a_hundred_apps_without_a_change_cost_a_handful_of_requests(tenant: Tenant) -> None:
    vpn = {"connectionName": "c", "connectionType": "customVpn", "authenticationMethod": "certificate"}
    tenant.have(PROFILES, "iosVpnConfiguration", "Tunnel", identifier="x", server={"address": "127.0.0.1"}, **vpn)
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
    assert tenant(MODULE, check=True, diff=False, configuration={"apps": everybody})["graph_requests"] == 1
    # The apps, one group and one filter; then the VPN profile.
    assert assigned(tenant, *by_name, *by_package)["graph_requests"] <= 4
    tenant.emulator.settings(page_size=20)
    try:
        # Each page of the list of apps is read once, not once for each app.
        assert tenant(MODULE, configuration={"apps": [*by_name, *by_package]})["graph_requests"] <= 8
    finally:
        tenant.emulator.settings(page_size=None)


@pytest.mark.usefixtures("pilot")
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
    again = assigned(tenant, *apps)
    assert [len(app["app"]["assignments"]) for app in again["objects"]] == [26] * 10
    assert again["graph_requests"] == 2


@pytest.mark.usefixtures("pilot")
def test_groups_that_others_named_are_looked_up_once_for_all_diffs(tenant: Tenant) -> None:
    theirs = tenant("intune_group", name="Theirs")["id"]
    for number in range(30):
        app = tenant.have(APPS, "iosVppApp", f"App {number}", publisher="x")
        target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": theirs}
        tenant.seed(
            {"op": "assign", "collection": APPS, "id": app, "assignments": [{"intent": "required", "target": target}]}
        )
    apps = [{"name": f"App {number}", "assignments": PILOT} for number in range(30)]
    predicted = tenant(MODULE, check=True, configuration={"apps": apps})
    assert [[item["group"] for item in diff["before"]["assignments"]] for diff in predicted["diff"]] == [
        ["Theirs"]
    ] * 30
    # The apps and a group, and the name of theirs.
    assert predicted["graph_requests"] <= 3


@pytest.mark.usefixtures("pilot")
def test_a_tenant_of_three_hundred_objects_is_compared_with_few_requests(tenant: Tenant) -> None:
    """Whatever the collections' sizes, and with what lists leave out: links, long lists, advice about groups."""
    declared: Json = {
        "apps": [
            {
                "name": f"App {number}",
                **STORE_APP,
                "app_store_url": f"https://apps.apple.com/app/id{number + 1}",
                "categories": ["Business"] if number % 2 else [],
                "assignments": [{"group": "Pilot", "filter": "Corporate iOS"}],
            }
            for number in range(100)
        ],
        "vpn_profiles": [{"name": f"VPN {number}", "ios": PER_APP_VPN, "assignments": PILOT} for number in range(100)],
        "compliance_policies": [
            {
                "name": f"Policy {number}",
                "ios": {"device_threat_protection_required_security_level": "low"},
                "assignments": PILOT,
            }
            for number in range(100)
        ],
    }
    created = tenant(MODULE, configuration=declared, diff=False)
    assert len(places(created)) == 300
    for check in (True, False):
        again = tenant(MODULE, configuration=declared, check=check)
        assert not again["changed"], again["diff"]
        # Three lists; then a group, filters, and the categories of 100 apps.
        assert again["graph_requests"] <= 8
    without = {**declared, "apps": [{**app, "categories": None} for app in declared["apps"]]}
    assert tenant(MODULE, configuration=without, check=True)["graph_requests"] <= 3
    tenant.emulator.settings(page_size=20)
    try:
        assert tenant(MODULE, configuration=declared, check=True)["graph_requests"] <= 8 + 3 * 5
    finally:
        tenant.emulator.settings(page_size=None)


def test_a_new_tenant_is_predicted_with_few_requests(tenant: Tenant) -> None:
    groups = [{"name": f"Group {number}", "members": ["user01@contoso.example"]} for number in range(40)]
    apps = [
        {
            "name": f"App {number}",
            **STORE_APP,
            "app_store_url": f"https://apps.apple.com/app/id{number + 1}",
            "assignments": [{"group": f"Group {number}"}],
        }
        for number in range(40)
    ]
    predicted = tenant(MODULE, configuration={"groups": groups, "apps": apps}, check=True)
    assert len(places(predicted)) == 80
    assert predicted["warnings"] == []
    # 40 groups and as many deleted ones that might be restored, one list of apps, one member.
    assert predicted["graph_requests"] <= 2 + 40 + 1 + 1


# -- permissions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "refused"),
    [
        ({}, False),
        ({"roles": ["Group.Create"]}, False),
        ({"roles": ["Directory.ReadWrite.All"]}, False),
        ({"roles": ["GroupMember.Read.All"]}, True),
    ],
)
def test_only_what_the_token_certainly_lacks_is_a_reason_to_write_nothing(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, claims: Json, refused: bool
) -> None:
    monkeypatch.setattr(GraphSession, "token_claims", lambda self, renewed=False: claims)
    declared: Json = {"groups": [{"name": "New"}, {"name": "Newer"}]}
    if refused:
        message = tenant.fails(MODULE, configuration=declared)
        assert "to create groups: Group.Create or Group.ReadWrite.All" in message
        assert message.count("Group.Create") == 1
    else:
        assert tenant(MODULE, configuration=declared)["changed"]


def test_a_source_that_does_not_exist_is_named_with_the_directory_it_was_looked_for_in() -> None:
    with pytest.raises(IntuneError, match=f"^{os.getcwd()}/nowhere does not exist"):
        load("nowhere")
