# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Harmony Mobile's side of the emulated tenant, by a plain client."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import requests

from tests.emulator.client import Emulator
from tests.emulator.harmony import ACCESS_KEY, CLIENT_ID
from tests.unit.emulator.api import session

DEVICES = "/app/SBM/external_api/v1/device_status/"
ALERTS = "/app/SBM/external_api/v3/alert/"
KEY = {"clientId": CLIENT_ID, "accessKey": ACCESS_KEY}


class Client:
    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.session = session(emulator)

    def log_in(self, body: Any = None, **options: Any) -> requests.Response:
        sent = {"json": KEY if body is None else body, **options}
        return self.session.post(f"{self.emulator.graph_url}/auth/external", timeout=120, **sent)

    def get(self, path: str, method: str = "GET", **params: Any) -> requests.Response:
        if "Authorization" not in self.session.headers:
            self.session.headers["Authorization"] = f"Bearer {self.log_in().json()['data']['token']}"
        url = self.emulator.graph_url + path
        return self.session.request(method, url, params=params, timeout=120, allow_redirects=False)

    def all(self, path: str, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page = self.get(path, **params).json()
        while True:
            found += page["objects"]
            if not page["meta"]["next"]:
                return found
            page = self.get("/app/SBM" + page["meta"]["next"]).json()


@pytest.fixture
def client(emulator: Emulator) -> Client:
    emulator.reset()
    return Client(emulator)


def test_a_login_takes_exactly_the_client_id_and_the_key(client: Client) -> None:
    answer = client.log_in()
    assert answer.json()["success"]
    assert answer.json()["data"]["expiresIn"] == 1800
    assert answer.json()["data"]["expires"].endswith("GMT")
    assert [client.log_in(body).status_code for body in ({}, {**KEY, "x": "y"}, {**KEY, "accessKey": ""})] == [400] * 3
    assert client.log_in(json=None, data=KEY).status_code == 400
    wrong = client.log_in({**KEY, "accessKey": "wrong"})
    assert (wrong.status_code, wrong.json()["success"]) == (401, False)
    assert client.session.get(f"{client.emulator.graph_url}/auth/external", timeout=120).status_code == 405


@pytest.mark.parametrize("status", [200, 401, 403])
def test_a_token_that_is_missing_unknown_expired_or_revoked_is_refused(client: Client, status: int) -> None:
    client.emulator.harmony(refusal=status)
    for token in ("", "Bearer nobody's", "nobody's"):
        answer = client.session.get(
            client.emulator.graph_url + DEVICES, headers={"Authorization": token} if token else {}, timeout=120
        )
        assert (answer.status_code, answer.json().get("forceLogout")) == (status, True)
    client.emulator.clock(hold=True)
    assert "objects" in client.get(DEVICES).json()
    client.emulator.clock(step=1801)
    assert client.get(DEVICES).json()["forceLogout"]
    del client.session.headers["Authorization"]
    assert "objects" in client.get(DEVICES).json()
    client.emulator.revoke_tokens()
    assert client.get(DEVICES).json()["forceLogout"]


def test_pages_are_followed_by_a_path_without_the_prefix_and_the_cap_is_silent(client: Client) -> None:
    client.emulator.harmony(cap=30)
    first = client.get(DEVICES, limit=5000, risk__in="High").json()
    assert first["meta"]["limit"] == 30
    whole = client.get(DEVICES, limit=7).json()
    assert whole["meta"]["next"].startswith("/external_api/v1/device_status/?limit=7&offset=7")
    rows = client.all(DEVICES, limit=7)
    assert len({row["internal_id"] for row in rows}) == len(rows) == whole["meta"]["total_count"]
    assert client.get(DEVICES).json()["meta"]["limit"] == 20
    assert client.get(DEVICES, limit=0).json()["meta"]["limit"] == 30
    assert client.get(DEVICES, limit=5, offset=100_000).json()["objects"] == []
    assert [client.get(DEVICES, limit=text).status_code for text in ("-1", "x")] == [400, 400]


def test_filters_are_words_and_unknown_ones_filter_nothing(client: Client) -> None:
    everything = client.all(DEVICES, limit=1000)
    assert {row["risk"] for row in client.all(DEVICES, limit=1000, risk__in="High,Low")} == {"1", "3"}
    assert len(client.all(DEVICES, limit=1000, risk="3")) == len(everything)
    assert client.emulator.harmony_report()["unknown_filters"] == ["risk"]
    alerts = client.all(ALERTS, limit=1000)
    assert len(alerts) > 10
    later = client.all(ALERTS, limit=1000, id__gt=alerts[4]["id"])
    assert [row["id"] for row in later] == [row["id"] for row in alerts[5:]]
    assert client.all(ALERTS, backend_last_updated__gte="2999-01-01T00:00:00.000000Z") == []
    assert client.get(ALERTS, backend_last_updated__gte="yesterday").status_code == 400


def test_what_does_not_exist_is_refused_and_noted(client: Client) -> None:
    assert client.get("/external_api/v1/device_status/").status_code == 404
    assert client.get(DEVICES.rstrip("/")).status_code == 404
    client.emulator.harmony(slash="redirected")
    redirected = client.get(DEVICES.rstrip("/"), limit=3)
    assert redirected.status_code == 301
    assert "/app/SBM" not in redirected.headers["Location"]
    assert client.get("/app/SBM/external_api/v2/device_status/").status_code == 404
    assert client.get(DEVICES, "DELETE").status_code == 405
    one = client.get(f"{DEVICES}1/")
    assert one.json()["internal_id"] == 1
    missing = client.get(f"{DEVICES}999999/")
    assert (missing.status_code, missing.content) == (404, b"")
    assert len(client.emulator.harmony_report()["problems"]) == 2


def test_the_overlap_with_graphs_fleet_is_that_of_the_rows(client: Client) -> None:
    report = client.emulator.harmony_report()
    rows = client.all(DEVICES, limit=1000)
    assert report["devices"] == len(rows)
    overlap = report["overlap"]
    mobile = sum(number % 8 in (0, 1, 2, 3, 6, 7) for number in range(230))
    categories = ("protected", "not_activated", "silent", "unknown", "ambiguous")
    assert sum(overlap[name] for name in categories) == mobile
    assert all(overlap[name] for name in (*categories, "harmony_only", "risk_differs"))
    statuses = Counter(row["status"] for row in rows)
    assert set(statuses) == {"-1", "0", "1", "4", "7"}
    assert overlap["unknown"] == statuses["7"]
