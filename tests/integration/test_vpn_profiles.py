# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_vpn_profile against the emulated tenant."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.integration.harness import HARRY, Json, Player, ikev2_with, run_through, task
from tests.samples import PROFILES

CUSTOM: Json = {
    "connection_name": "Harmony",
    "connection_type": "custom_vpn",
    "identifier": "com.example.vpn",
    "server": {"address": "vpn.example.com"},
    "authentication_method": "username_and_password",
}


def profiles_of(emulator: Emulator) -> list[Json]:
    return list(emulator.state()["records"].get(PROFILES, []))


@pytest.mark.both_ways
def test_a_custom_vpn_with_every_option_lives_through_check_real_and_repeated_runs(
    play: Player, emulator: Emulator
) -> None:
    full: Json = {
        **CUSTOM,
        "server": {"address": "vpn.example.com", "description": "Main"},
        "provider_type": "packet_tunnel",
        "enable_per_app": True,
        "enable_split_tunneling": True,
        "on_demand_rules": [
            {"action": "connect", "interface_type_match": "wifi", "ssids": ["b", "a"]},
            {
                "action": "evaluate_connection",
                "domain_action": "never_connect",
                "domains": ["example.com"],
                "probe_required_url": "https://example.com",
            },
            {
                "action": "ignore",
                "dns_search_domains": ["example.org"],
                "dns_server_address_match": ["10.0.0.1"],
                "probe_url": "https://example.org",
            },
        ],
        "disable_on_demand_user_override": True,
        "disconnect_on_idle": True,
        "disconnect_on_idle_timer_in_seconds": 60,
        "custom_data": {"k": "v", "n": "1"},
        "custom_key_value_data": {"K": "V"},
        "associated_domains": ["b.example.com", "a.example.com"],
        "excluded_domains": ["c.example.com"],
        "safari_domains": ["d.example.com"],
        "targeted_mobile_apps": [
            {
                "name": "App",
                "app_id": "com.example.app",
                "publisher": "P",
                "app_store_url": "https://apps.apple.com/us/app/x/id1",
            }
        ],
        "proxy_server": {"address": "proxy.example.com", "port": 3128},
        "opt_in_to_device_id_sharing": True,
    }
    changed = {
        **full,
        "server": {"address": "vpn2.example.com"},
        "on_demand_rules": list(reversed(full["on_demand_rules"])),
        "custom_data": {"k": "other"},
        "safari_domains": [],
        "enable_split_tunneling": False,
    }
    run = run_through(
        play,
        "intune_vpn_profile",
        {"name": HARRY, "description": "x", "ios": full},
        {"ios": changed, "description": ""},
        {"name": HARRY},
    )
    assert run["update"].after["ios"]["server"]["address"] == "vpn2.example.com"
    # Values that the task does not declare itself may be secrets.
    assert run["update"].before["ios"]["custom_data"] == {"k": "v", "n": "********"}
    assert run["create"].after["ios"]["on_demand_rules"][0]["interface_type_match"] == "wifi"


def test_order_of_sets_is_no_change_and_order_of_rules_is_one(play: Player, emulator: Emulator) -> None:
    rules: list[Json] = [{"action": "connect", "ssids": ["a", "b"]}, {"action": "disconnect"}]

    def declared(label: str, rules: list[Json], domains: list[str], data: Json) -> Json:
        ios = {**CUSTOM, "on_demand_rules": rules, "safari_domains": domains, "custom_data": data}
        return task("intune_vpn_profile", label, name="v", ios=ios)

    run = play(
        [
            declared("create", rules, ["a", "b"], {"x": "1", "y": "2"}),
            declared(
                "sets",
                [{"action": "connect", "ssids": ["b", "a"]}, {"action": "disconnect"}],
                ["b", "a"],
                {"y": 2, "x": 1},
            ),
            declared("rules", rules[::-1], ["b", "a"], {"y": "2", "x": "1"}),
        ]
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False, True]


def test_what_is_not_declared_stays_as_it_is(play: Player, emulator: Emulator) -> None:
    server = {"address": "vpn.example.com", "description": "Set by somebody", "isDefaultServer": True}
    body = {
        "@odata.type": "#microsoft.graph.iosVpnConfiguration",
        "displayName": "v",
        "connectionName": "Harmony",
        "connectionType": "customVpn",
        "identifier": "com.example.vpn",
        "authenticationMethod": "usernameAndPassword",
        "server": server,
        "providerType": "packetTunnel",
        "safariDomains": ["example.com"],
    }
    emulator.seed({"op": "create", "collection": PROFILES, "body": body})
    run = play(
        [
            task("intune_vpn_profile", "same", name="v", ios=CUSTOM),
            task("intune_vpn_profile", "address", name="v", ios={"server": {"address": "other.example.com"}}),
        ],
        diff=True,
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [False, True]
    (profile,) = profiles_of(emulator)
    assert profile["server"] == {**server, "address": "other.example.com"} | {
        key: profile["server"][key] for key in profile["server"] if "@" in key
    }
    assert profile["safariDomains"] == ["example.com"]
    assert run["address"].after["ios"]["server"]["description"] == "Set by somebody"


@pytest.mark.parametrize("section", ["android_work_profile_always_on", "android_device_owner_always_on"])
def test_an_android_app_as_always_on_vpn_lives_through_check_real_and_repeated_runs(
    play: Player, emulator: Emulator, section: str
) -> None:
    run = run_through(
        play,
        "intune_vpn_profile",
        {
            "name": HARRY,
            section: {"package_id": "com.lacoon.security.fox", "lockdown": False},
            "assignments": [{"all_devices": True}],
        },
        {section: {"package_id": "com.lacoon.security.fox", "lockdown": True}, "scope_tags": ["Mobile Security"]},
        {"name": HARRY},
    )
    assert run["update"].before[section]["lockdown"] is False
    assert run["update"].after[section]["lockdown"] is True


def test_a_restrictions_profile_of_somebody_else_is_never_deleted_as_a_vpn_profile(
    play: Player, emulator: Emulator
) -> None:
    body = {
        "@odata.type": "#microsoft.graph.androidWorkProfileGeneralDeviceConfiguration",
        "displayName": "Restrictions",
        "passwordBlockTrustAgents": True,
    }
    emulator.seed({"op": "create", "collection": PROFILES, "body": body})
    run = play([task("intune_vpn_profile", name="Restrictions", state="absent")])
    assert run.rc == 0, run.output
    assert not run.tasks[0].changed
    assert len(profiles_of(emulator)) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "v", "ios": {**CUSTOM, "connection_type": "made_up"}}, "value of connection_type must be one of"),
        ({"name": "v", "ios": CUSTOM, "android_work_profile_always_on": {"package_id": "x"}}, "mutually exclusive"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_any_request(play: Player, options: Json, said: str) -> None:
    run = play([task("intune_vpn_profile", ignore_errors=True, **options)])
    assert run.tasks[0].failed
    assert said in run.tasks[0].message
    assert run.tasks[0].requests == []


def test_options_that_a_new_profile_cannot_have_are_refused_before_any_write(play: Player) -> None:
    """An existing profile may have them, so the profile is looked for first."""
    options: Json = {"name": "v", "ios": {**CUSTOM, "connection_type": "cisco_any_connect"}}
    run = play([task("intune_vpn_profile", ignore_errors=True, **options)])
    assert run.tasks[0].failed
    assert "identifier" in run.tasks[0].message
    assert not run.tasks[0].writes


def test_a_shared_secret_is_in_no_output_and_sent_again_on_request_only(play: Player, emulator: Emulator) -> None:
    secret = "correct-horse-battery"
    ikev2 = ikev2_with(secret)
    run = play(
        [
            task("intune_vpn_profile", "create", name="v", ios_ikev2=ikev2),
            task("intune_vpn_profile", "again", name="v", ios_ikev2=ikev2),
            task(
                "intune_vpn_profile",
                "refused",
                name="v",
                ios_ikev2={**ikev2, "local_identifier": "client_certificate_subject_name"},
                ignore_errors=True,
            ),
            task("intune_vpn_profile", "resent", name="v", ios_ikev2=ikev2, update_secrets="always"),
        ],
        diff=True,
        verbosity=4,
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False, False, True]
    assert profiles_of(emulator)[0]["sharedSecret"] == secret
    assert "********" in run.output
    assert secret not in run.output
