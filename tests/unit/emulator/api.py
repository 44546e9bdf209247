# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plain client of the emulator: requests for HTTP, MSAL for tokens. Nothing of the collection."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msal
import requests

from tests.emulator.client import Emulator

ADVANCED = {"ConsistencyLevel": "eventual"}
JSON = {"Content-Type": "application/json"}
APPS = "/beta/deviceAppManagement/mobileApps"
APP_CONFIGURATIONS = "/beta/deviceAppManagement/mobileAppConfigurations"
PROFILES = "/beta/deviceManagement/deviceConfigurations"
POLICIES = "/beta/deviceManagement/deviceCompliancePolicies"
CONNECTORS = "/beta/deviceManagement/mobileThreatDefenseConnectors"
FILTERS = "/beta/deviceManagement/assignmentFilters"
TAGS = "/beta/deviceManagement/roleScopeTags"
DEVICES = "/beta/deviceManagement/managedDevices"
PLAY = "/beta/deviceManagement/androidManagedStoreAccountEnterpriseSettings"
HARMONY = "d3ddeae8-441f-4681-b80f-aef644f7195a"
IOS_FILTER = "1a0f6b1c-5a44-4d0e-9f7a-6a1d0c9e1001"


def session(emulator: Emulator) -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    made.verify = emulator.ca_path
    return made


def token(emulator: Emulator, credential: Any = None, **options: Any) -> dict[str, Any]:
    """What MSAL gets from the emulated Entra."""
    application = msal.ConfidentialClientApplication(
        emulator.env["AZURE_CLIENT_ID"],
        client_credential=credential or emulator.env["AZURE_CLIENT_SECRET"],
        authority=f"{emulator.env['AZURE_AUTHORITY_HOST']}/{emulator.env['AZURE_TENANT_ID']}",
        instance_discovery=False,
        http_client=session(emulator),
        **options,
    )
    result: dict[str, Any] = application.acquire_token_for_client([f"{emulator.graph_url}/.default"])
    return result


class Answer:
    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.text
        self.body: Any = (
            response.json() if response.content and "json" in response.headers.get("content-type", "") else None
        )

    @property
    def value(self) -> list[dict[str, Any]]:
        return list(self.body["value"])

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])

    @property
    def message(self) -> str:
        """The message, unwrapped when it is Intune's document."""
        text = str(self.body["error"]["message"])
        return str(json.loads(text)["Message"]) if text.startswith("{") else text


class Api:
    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.root = emulator.graph_url
        self.session = session(emulator)
        self.session.headers["Authorization"] = f"Bearer {token(emulator)['access_token']}"

    def __call__(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        url = path if path.startswith("https://") else self.root + path
        return Answer(self.session.request(method, url, json=body, headers=headers, timeout=120))

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return self("GET", path, headers=headers)

    def made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Create and return; the creation has to succeed."""
        answer = self("POST", path, body)
        assert answer.status == 201, answer.text
        created: dict[str, Any] = answer.body
        return created

    def all(self, path: str, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        answer = self.get(path, headers)
        while True:
            assert answer.status == 200, answer.text
            items += answer.value
            if "@odata.nextLink" not in answer.body:
                return items
            answer = self.get(answer.body["@odata.nextLink"], headers)

    def group(self, name: str = "Harmony Mobile iOS", **values: Any) -> dict[str, Any]:
        return self.made("/v1.0/groups", group_body(name) | values)

    def reference(self, object_id: str) -> dict[str, str]:
        return {"@odata.id": f"{self.root}/v1.0/directoryObjects/{object_id}"}

    def user(self, number: int = 1) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/v1.0/users/user{number:02d}@contoso.example").body
        return found


def group_body(name: str) -> dict[str, Any]:
    return {"displayName": name, "mailEnabled": False, "mailNickname": uuid.uuid4().hex[:12], "securityEnabled": True}


def ios_app(**values: Any) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.iosStoreApp",
        "displayName": "Harmony Mobile Protect",
        "description": "Protects",
        "publisher": "Check Point",
        "bundleId": "com.example.protect",
        "appStoreUrl": "https://apps.apple.com/app/id1",
        "applicableDeviceType": {"iPad": True, "iPhoneAndIPod": True},
        "minimumSupportedOperatingSystem": {"v15_0": True},
    } | values


def ios_vpn(**values: Any) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.iosVpnConfiguration",
        "displayName": "Zero touch",
        "connectionName": "Protection",
        "connectionType": "customVpn",
        "authenticationMethod": "usernameAndPassword",
        "identifier": "com.example.protect",
        "server": {"address": "127.0.0.1"},
    } | values


def compliance(**values: Any) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.iosCompliancePolicy",
        "displayName": "Threat level",
        "scheduledActionsForRule": [
            {
                "ruleName": "PasswordRequired",
                "scheduledActionConfigurations": [{"actionType": "block", "gracePeriodHours": 0}],
            }
        ],
    } | values


def target(kind: str, **values: Any) -> dict[str, Any]:
    return {"@odata.type": f"#microsoft.graph.{kind}AssignmentTarget", **values}


def app_assignment(goal: dict[str, Any], intent: str = "required", **values: Any) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.mobileAppAssignment", "intent": intent, "target": goal, **values}


def batch(api: Api, *items: dict[str, Any], version: str = "v1.0") -> Any:
    return api("POST", f"/{version}/$batch", {"requests": list(items)})


def get(name: str, url: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "method": "GET", "url": url, **more}


@contextmanager
def held(**options: Any) -> Iterator[Emulator]:
    """A tenant on whose clock time goes by only when the test says so."""
    with Emulator(devices=1, **options) as emulator:
        emulator.clock(hold=True)
        yield emulator
