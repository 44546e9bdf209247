# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading lists of Harmony Mobile: whole or not at all, with one clear error."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.altering import LINKS
from tests.emulator.harmony import ACCESS_KEY
from tests.unit.plugins.module_utils.harmony.conftest import HarmonyTenant

Json = dict[str, Any]
LIST = "device_status"
SHOWN_AGAIN = {"success": False, "message": "Authentication required", "forceLogout": True}


def fault(tenant: HarmonyTenant, action: Json, path: str = LIST, **more: Any) -> None:
    tenant.emulator.faults({"match": {"path": path}, **more, "action": action})


# -- pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["bare", "prefixed", "absolute"])
@pytest.mark.parametrize("cap", [7, 1000])
def test_all_pages_are_read_however_the_next_is_written_and_however_few_rows_come(
    tenant: HarmonyTenant, address: str, cap: int
) -> None:
    tenant.emulator.harmony(next=address, cap=cap)
    result = tenant.devices(harmony_page_size=50)
    expected = tenant.emulator.harmony_report()["devices"]
    assert len({device["id"] for device in result["devices"]}) == len(result["devices"]) == expected
    assert result["summary"]["total"] == expected
    assert result["harmony_requests"] == -(-expected // min(cap, 50))
    assert tenant.emulator.harmony_report()["logins"] == 1


def test_without_an_address_of_the_next_page_rows_are_asked_for_until_none_come(tenant: HarmonyTenant) -> None:
    rows = [{"internal_id": number} for number in range(25)]
    pages = {0: rows[:10], 10: rows[10:20], 20: rows[20:], 25: []}
    tenant.emulator.faults(
        *(
            {"match": {"path": f"offset={offset}$"}, "action": {"status": 200, "body": {"objects": page}}}
            for offset, page in pages.items()
        )
    )
    assert len(tenant.devices()["devices"]) == 25


@pytest.mark.parametrize("count", ["low", "zero", "text", "none"])
def test_rows_count_and_not_a_total_that_is_too_small_or_none(tenant: HarmonyTenant, count: str) -> None:
    tenant.emulator.harmony(count=count)
    assert len(tenant.devices()["devices"]) == tenant.emulator.harmony_report()["devices"]


def test_a_total_that_is_larger_than_the_list_is_an_error_and_keeps_the_file(
    tenant: HarmonyTenant, tmp_path: Any
) -> None:
    dest = tmp_path / "devices.csv"
    assert tenant.devices(dest=str(dest))["changed"]
    before = dest.read_bytes()
    tenant.emulator.harmony(count="high")
    total = tenant.emulator.harmony_report()["devices"]
    assert f"Harmony Mobile counts {total + 7} rows" in tenant.refusal(dest=str(dest))
    assert f"but listed {total}. The list is incomplete." in tenant.refusal()
    assert dest.read_bytes() == before


def test_rows_that_shift_between_pages_are_an_error_and_never_fewer_or_twice(tenant: HarmonyTenant) -> None:
    tenant.emulator.harmony(shuffled=True)
    assert "The list is incomplete." in tenant.refusal(harmony_page_size=10)


def test_a_list_that_never_ends_or_has_too_many_pages_is_an_error(tenant: HarmonyTenant) -> None:
    assert "option max_pages" in tenant.refusal(harmony_page_size=10, max_pages=3)
    tenant.emulator.harmony(next="again")
    assert "never ends" in tenant.refusal(harmony_page_size=10)


def test_the_token_goes_to_no_other_host_and_to_no_other_list(tenant: HarmonyTenant) -> None:
    tenant.emulator.harmony(next="foreign")
    assert "attacker.example" in tenant.refusal(harmony_page_size=10)
    assert "the access token is not sent there" in tenant.refusal(harmony_page_size=10)
    fault(tenant, {"status": 200, "body": {"objects": [], "meta": {"next": "/external_api/v1/policy/"}}})
    assert "goes on at another list" in tenant.refusal()
    fault(tenant, {"status": 302, "headers": {"Location": "https://attacker.example/"}, "body": {}})
    assert "neither a list nor an error (HTTP 302)" in tenant.refusal()


# -- tokens ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 401, 403])
def test_a_token_that_ends_between_pages_is_replaced_once(tenant: HarmonyTenant, status: int) -> None:
    tenant.emulator.harmony(refusal=status)
    fault(tenant, {"revoke": True}, f"{LIST}.*offset=50", times=1)
    result = tenant.devices(harmony_page_size=50)
    assert len(result["devices"]) == tenant.emulator.harmony_report()["devices"]
    assert tenant.emulator.harmony_report()["logins"] == 2


@pytest.mark.parametrize("status", [200, 401, 403])
def test_a_token_that_is_refused_again_and_again_is_one_error_without_a_loop(
    tenant: HarmonyTenant, status: int
) -> None:
    fault(tenant, {"status": status, "body": SHOWN_AGAIN, "revoke": True})
    message = tenant.refusal()
    assert "Authentication required" in message
    assert "A new login did not help." in message


def test_a_role_that_is_too_low_is_an_error_without_another_login(tenant: HarmonyTenant) -> None:
    fault(tenant, {"status": 403, "body": {"error": "Not allowed"}})
    assert "Read-Only" in tenant.refusal()
    assert tenant.emulator.harmony_report()["logins"] == 1


def test_tasks_share_one_login_by_the_cache_and_none_of_another_key(tenant: HarmonyTenant) -> None:
    tenant.devices()
    tenant.alerts()
    assert tenant.emulator.harmony_report()["logins"] == 1
    assert "refused the login" in tenant.refusal(harmony_access_key="another key of the same client")
    assert tenant.emulator.harmony_report()["logins"] == 2


def test_a_login_without_a_time_of_expiry_is_used(tenant: HarmonyTenant) -> None:
    tenant.emulator.harmony(says_expiry=False)
    assert not tenant.devices().get("failed")
    assert not tenant.devices().get("failed")
    assert tenant.emulator.harmony_report()["logins"] == 1


@pytest.mark.parametrize("suffix", ["", "/", "/auth/external", "/auth/external/"])
def test_the_address_of_the_login_is_taken_as_the_portal_shows_it(tenant: HarmonyTenant, suffix: str) -> None:
    assert not tenant.devices(harmony_url=tenant.emulator.graph_url + suffix).get("failed")


def test_a_wrong_or_missing_key_is_one_error_that_names_what_to_check(tenant: HarmonyTenant) -> None:
    message = tenant.refusal(harmony_access_key="wrong key of somebody")
    assert "The Infinity Portal refused the login" in message
    assert "wrong key of somebody" not in message
    assert "harmony_region" in message
    assert "harmony_access_key is missing" in tenant.refusal(harmony_access_key="  ")
    assert "harmony_client_id is missing" in tenant.refusal(harmony_client_id=None)
    assert "harmony_url must start with https://" in tenant.refusal(harmony_url="http://localhost")
    assert "harmony_page_size must be from 10 to 1000" in tenant.refusal(harmony_page_size=5)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"status": 200, "body": {"success": False, "message": "Locked"}}, "Locked"),
        ({"status": 200, "body": {"success": True, "data": {}}}, "refused the login"),
        ({"status": 200, "body": {"success": True, "data": {"token": "two words"}}}, "refused the login"),
        ({"status": 200, "text": "<html>Sign in</html>"}, "does not answer as the Infinity Portal does"),
        ({"status": 503, "body": {}}, "is not available (HTTP 503)"),
        ({"drop_after_read": True}, "got no answer"),
    ],
)
def test_a_login_that_does_not_succeed_is_one_error(tenant: HarmonyTenant, action: Json, words: str) -> None:
    fault(tenant, action, "auth/external")
    assert words in tenant.refusal()


# -- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", LINKS)
def test_a_next_page_that_is_none_is_one_error(tenant: HarmonyTenant, link: str) -> None:
    fault(tenant, {"link": link})
    assert "defect" not in tenant.refusal(max_pages=9, harmony_page_size=50)


@pytest.mark.parametrize(
    "action",
    [
        {"status": 429, "headers": {"Retry-After": "0"}, "body": {}},
        {"status": 429, "body": {}},
        {"status": 500, "body": {"error_message": "x"}},
        {"status": 503, "body": {}},
        {"status": 200, "text": "<html>"},
        {"truncate": True},
        {"drop_after_execute": True},
    ],
)
def test_what_passes_is_tried_again(tenant: HarmonyTenant, action: Json) -> None:
    fault(tenant, action, times=1)
    assert not tenant.devices(retry_timeout=60).get("failed")


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"status": 400, "body": {"error": "Invalid limit"}}, "Invalid limit (HTTP 400)"),
        ({"status": 404, "body": {}}, "Check harmony_region and harmony_url."),
        ({"status": 429, "headers": {"Retry-After": "3600"}, "body": {}}, "retry_timeout is"),
        ({"status": 503, "body": {"message": "Later"}}, "Later (HTTP 503)"),
        ({"status": 200, "text": "<html><p>Sign in</p></html>"}, "not JSON"),
        ({"status": 200, "body": {"meta": {}}}, "did not answer with a list of objects"),
        ({"status": 200, "body": {"objects": None}}, "did not answer with a list of objects"),
        ({"status": 200, "body": {"objects": [1]}}, "did not answer with a list of objects"),
        ({"status": 200, "body": {"success": False, "message": "No licence"}}, "No licence"),
        ({"drop_after_read": True}, "got no answer"),
        ({"status": 400, "echo": True}, "HTTP 400"),
    ],
)
def test_what_does_not_pass_is_one_error(tenant: HarmonyTenant, action: Json, words: str) -> None:
    fault(tenant, action)
    message = tenant.refusal()
    assert words in message
    assert "eyJ" not in message


def test_harmony_that_is_down_is_one_error(tenant: HarmonyTenant) -> None:
    message = tenant.refusal(harmony_url="https://127.0.0.1:9", retry_timeout=0)
    assert message.startswith("Login at 127.0.0.1 got no answer: no connection")


def test_an_answer_that_repeats_the_key_does_not_show_it(tenant: HarmonyTenant) -> None:
    fault(tenant, {"status": 400, "body": {"error": f"the key {ACCESS_KEY} is bad"}})
    assert "the key ******** is bad" in tenant.refusal()
    row = {"internal_id": 1, "name": f"phone with {ACCESS_KEY}"}
    tenant.emulator.faults()
    tenant.emulator.harmony(devices=[row])
    assert ACCESS_KEY not in str(tenant.devices())
