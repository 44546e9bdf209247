# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resources against a Graph of other habits than the emulated tenant's.

It knows no $filter, no $expand and no upsert, answers every write with a body or without one as it likes, adds
properties nobody asked for, and may write types and empty lists otherwise. What works here does not lean on one
server's manners.
"""

from __future__ import annotations

import contextlib
import copy
import json
import plistlib
import random
import re
import ssl
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import trustme

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import wait
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.document import reconcile_document
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.engine import reconcile
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.entries import Item
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import (
    AmbiguousName,
    InvalidOptions,
    SomeFailed,
    Unfinished,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.export import Selection, export
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.info import gather
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.resource import Resource
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import BadAnswer, NotFound
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions import grants as permission_grants
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app import App
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_config import AppConfig
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_protection_policy import (
    AppProtectionPolicy,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.assignment_filter import AssignmentFilter
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.certificate_profile import CertificateProfile
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.compliance_policy import CompliancePolicy
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.conditional_access_policy import (
    ConditionalAccessPolicy,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.custom_profile import CustomProfile
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.group import Group
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.mtd_connector import MtdConnector
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.notification_template import (
    NotificationTemplate,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.reference_types import GROUP
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.table import RESOURCES
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.vpn_profile import VpnProfile
from tests.samples import APPS, PROFILES, VPN
from tests.unit.plugins.module_utils.graph.server import TOKEN, FakeTime, Reply, Request, Server

Json = dict[str, Any]
NAME = "O'Brien & Söhne #1"
STORE_APP = {"name": NAME, "type": "ios_store_app", "publisher": "P", "app_store_url": "https://apps.apple.com/app/id1"}


class PlainGraph:
    """Objects by collection path.

    With bare, writes are answered with nothing in them, and $batch is unknown. With odd, types have no #, and null
    stands for empty lists in objects. With refusing, Intune refuses $filter and $expand
    instead of ignoring them, and each list comes in another order than before. With bare or refusing, beta has nothing
    of the directory.
    """

    def __init__(self, bare: bool = False, odd: bool = False, refusing: bool = False) -> None:
        self.bare = bare
        self.odd = odd
        self.refusing = refusing
        self.chance = random.Random(1)
        self.objects: dict[str, dict[str, Json]] = {}
        self.requests: list[tuple[str, str]] = []
        # How many more lists of a collection do without the newest object.
        self.late: dict[str, int] = {}
        # What comes instead of the first answer to a request: method, pattern of the path, answer or what makes it.
        self.faults: list[tuple[str, str, Reply | Callable[[str, Any], Reply]]] = []

    def answer(self, request: Request) -> Reply:
        path = unquote(urlsplit(request.target).path)
        body: Any = json.loads(request.body) if request.body else None
        if path.endswith("/$batch") and self.bare:
            return self.missing(path)
        if path.endswith("/$batch"):
            version = path.rsplit("/", 1)[0]
            answers = []
            for item in body["requests"]:
                reply = self.asked(item["method"], version + item["url"], item.get("body"))
                answers.append({"id": item["id"], "status": reply.status, "headers": {}, "body": reply.json})
            return Reply(200, {"responses": answers[::-1]})
        return self.asked(request.method, request.target, body)

    def asked(self, method: str, target: str, body: Any) -> Reply:
        query = unquote(urlsplit(target).query)
        is_intune = "/deviceManagement" in target or "/deviceAppManagement" in target
        if self.refusing and is_intune and ("$filter" in query or "$expand" in query):
            return Reply(400, {"error": {"code": "BadRequest", "message": f"Query option not supported: {query}"}})
        if (self.bare or self.refusing) and target.startswith("/beta/") and not is_intune:
            message = "Resource not found for the segment 'identity'."
            return Reply(404 if self.bare else 400, {"error": {"code": "BadRequest", "message": message}})
        reply = self.shown(method, unquote(urlsplit(target).path), body)
        if self.refusing and isinstance(reply.json, dict) and isinstance(reply.json.get("value"), list):
            self.chance.shuffle(reply.json["value"])
        return reply

    def shown(self, method: str, path: str, body: Any) -> Reply:
        path = path.split("/", 2)[2]  # without the version
        self.requests.append((method, path))
        for fault in self.faults:
            if fault[0] == method and re.search(fault[1], path):
                self.faults.remove(fault)
                return fault[2] if isinstance(fault[2], Reply) else fault[2](path, body)
        reply = self.route(method, path, body)
        if not self.odd or reply.json is None:
            return reply
        return Reply(
            reply.status, json.loads(json.dumps(reply.json).replace('"#microsoft.graph.', '"microsoft.graph.'))
        )

    def route(self, method: str, path: str, body: Any) -> Reply:
        if "(" in path:  # alternate keys are unknown here
            return self.missing(path)
        if match := re.fullmatch(r"(.+)/([^/]+)/(members|owners)/\$ref", path):
            related = self.objects[match[1]][match[2]].setdefault("_" + match[3], [])
            related.append(self.find(body["@odata.id"].rsplit("/", 1)[-1]))
            return Reply(204)
        if match := re.fullmatch(r"(.+)/([^/]+)/(members|owners|categories)", path):
            return Reply(200, {"value": self.objects[match[1]][match[2]].get("_" + match[3], [])})
        if match := re.fullmatch(r"(.+)/([^/]+)/targetApps", path):
            self.objects[match[1]][match[2]].update(_apps=body["apps"][::-1], appGroupType=body["appGroupType"])
            return Reply(204) if self.bare else Reply(200, {})
        if match := re.fullmatch(r"(.+)/([^/]+)/apps", path):
            return Reply(200, {"value": self.objects[match[1]][match[2]].get("_apps", [])})
        if match := re.fullmatch(r"(.+)/([^/]+)/assign", path):
            (entries,) = body.values()
            stored = self.objects[match[1]][match[2]]
            stored["_assignments"] = [
                {"id": str(uuid.uuid4()), "source": "direct", **entry} for entry in reversed(entries)
            ]
            return Reply(204) if self.bare else Reply(200, {"value": stored["_assignments"]})
        if match := re.fullmatch(r"(.+)/([^/]+)/scheduledActionsForRule", path):
            return Reply(200, {"value": self.objects[match[1]][match[2]]["scheduledActionsForRule"]})
        if match := re.fullmatch(r"(.+)/([^/]+)/scheduleActionsForRules", path):
            self.objects[match[1]][match[2]]["scheduledActionsForRule"] = body[
                "deviceComplianceScheduledActionForRules"
            ]
            return Reply(204)
        if (
            path not in self.objects
            and method == "GET"
            and path.endswith(("/localizedNotificationMessages", "/policies"))
        ):
            return Reply(200, {"value": []})
        if match := re.fullmatch(r"(.+)/([^/]+)/assignments", path):
            return Reply(200, {"value": self.objects[match[1]][match[2]].get("_assignments", [])})
        if match := re.fullmatch(r"(.+)/([0-9a-f-]{36})(/microsoft\.graph\.\w+)?/(identityCertificate)(/\$ref)?", path):
            return self.link(method, self.objects[match[1]][match[2]], "_" + match[4], bool(match[3]))
        if method == "POST":
            body = {
                "_" + key.split("@")[0] if key.endswith("@odata.bind") else key: value for key, value in body.items()
            }
            created = {"id": body.get("id") or str(uuid.uuid4()), "version": 1, "somethingNew": {"a": None}, **body}
            self.objects.setdefault(path, {})[created["id"]] = created
            return Reply(201) if self.bare else Reply(201, self.public(created))
        if path in self.objects or "/" not in path or (path.count("/") == 1 and path.startswith("device")):
            listed = [self.public(item) for item in self.objects.get(path, {}).values()]
            if len(listed) > 1 and self.late.get(path):
                self.late[path] -= 1
                listed.pop()
            return Reply(200, {"value": listed})
        collection, _slash, object_id = path.rpartition("/")
        stored = self.objects.get(collection, {}).get(object_id, {})
        if not stored:
            return self.missing(path)
        if method == "DELETE":
            del self.objects[collection][object_id]
            return Reply(204)
        if method == "PATCH":
            for key, value in body.items():
                if key.endswith("@odata.bind") and isinstance(value, str):
                    stored["_" + key.split("@")[0]] = value
                elif key.endswith("@odata.bind"):
                    stored.setdefault("_" + key.split("@")[0], []).extend(
                        self.find(url.rsplit("/", 1)[-1]) for url in value
                    )
                else:
                    stored[key] = value
            return Reply(204) if self.bare else Reply(200, self.public(stored))
        return Reply(200, self.public(stored))

    def link(self, method: str, stored: Json, name: str, is_cast: bool) -> Reply:
        """To-one links: only after a type cast, and with bare 204 where there is none."""
        if not is_cast:
            return Reply(400, {"error": {"code": "BadRequest", "message": "Resource not found for the segment"}})
        if method == "DELETE":
            return Reply(204) if stored.pop(name, None) else self.missing(name)
        if name not in stored:
            return Reply(204) if self.bare else self.missing(name)
        return Reply(200, self.find(stored[name].rpartition("('")[2].rstrip("')")))

    def find(self, object_id: str) -> Json:
        return next(self.public(items[object_id]) for items in self.objects.values() if object_id in items)

    def public(self, stored: Json) -> Json:
        shown = {key: value for key, value in stored.items() if not key.startswith("_")}
        if self.bare and "scheduledActionsForRule" in shown:  # expanded, but not what is nested in it
            shown["scheduledActionsForRule"] = [
                {"ruleName": rule["ruleName"]} for rule in shown["scheduledActionsForRule"]
            ]
        return {**shown, "assignments": None, "roleScopeTagIds": stored.get("roleScopeTagIds")} if self.odd else shown

    @staticmethod
    def missing(path: str) -> Reply:
        return Reply(404, {"error": {"code": "itemNotFound", "message": f"no {path}"}})


@pytest.fixture(
    params=[{"bare": True}, {}, {"odd": True}, {"refusing": True}],
    ids=["bare answers", "full answers", "odd answers", "refused queries"],
)
def graph(request: pytest.FixtureRequest) -> PlainGraph:
    return PlainGraph(**request.param)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """Waiting takes no time."""
    time = FakeTime()
    monkeypatch.setattr(wait, "time", SimpleNamespace(monotonic=time.clock, sleep=time.sleep))
    return time


@contextlib.contextmanager
def session_with(graph: PlainGraph, folder: Path) -> Iterator[GraphSession]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = Server(context)
    server.handler = graph.answer
    session = GraphSession.from_params(
        {"access_token": TOKEN, "graph_url": server.url, "ca_path": str(folder / "ca.pem"), "retry_timeout": 5}
    )
    try:
        yield session
    finally:
        session.close()
        server.close()


@pytest.fixture
def session(graph: PlainGraph, tmp_path: Path) -> Iterator[GraphSession]:
    with session_with(graph, tmp_path) as session:
        yield session


def lives(session: GraphSession, graph: PlainGraph, resource: type[Resource], create: Json, update: Json) -> Json:
    """Create, repeat, update, repeat; check mode predicts each and writes nothing. Returns the last result."""
    result: Json = {}
    for options in (create, {**create, **update}):
        params = {"state": "present", **options}
        before = len(graph.requests)
        assert reconcile(resource(), session, params, check_mode=True)["changed"]
        assert {method for method, path in graph.requests[before:]} == {"GET"}
        assert reconcile(resource(), session, params)["changed"]
        result = reconcile(resource(), session, params)
        assert not result["changed"], result
        assert result["warnings"] == []
    return result


def test_a_group_lives(session: GraphSession, graph: PlainGraph) -> None:
    graph.objects["users"] = {
        "user@contoso.example": {
            "id": "11111111-1111-1111-1111-111111111111",
            "userPrincipalName": "user@contoso.example",
        },
        "11111111-1111-1111-1111-111111111111": {
            "id": "11111111-1111-1111-1111-111111111111",
            "userPrincipalName": "user@contoso.example",
        },
    }
    lives(session, graph, Group, {"name": NAME, "members": ["user@contoso.example"]}, {"description": "new"})
    assert len(graph.objects["groups"]) == 1


def test_app_with_an_assignment_of_somebody_else(session: GraphSession, graph: PlainGraph) -> None:
    graph.objects["groups"] = {
        group: {"id": group, "displayName": name}
        for group, name in (("a" * 8 + "-0000-0000-0000-000000000000", "A"), ("b", NAME))
    }
    app = lives(session, graph, App, {**STORE_APP, "assignments": [{"group": NAME}]}, {"notes": "x"})
    stored = graph.objects["deviceAppManagement/mobileApps"][app["id"]]
    foreign = {
        "@odata.type": "#microsoft.graph.mobileAppAssignment",
        "intent": "uninstall",
        "settings": None,
        "source": "direct",
        "sourceId": "x",
        "target": {
            "@odata.type": "#microsoft.graph.groupAssignmentTarget",
            "groupId": "a" * 8 + "-0000-0000-0000-000000000000",
        },
    }
    stored["_assignments"].append({"id": "y", **foreign})
    lives(
        session,
        graph,
        App,
        {**STORE_APP, "assignments": [{"group": NAME, "intent": "available"}]},
        {"assignments": [{"all_devices": True}]},
    )
    assert [
        entry["intent"] for entry in stored["_assignments"] if entry["target"].get("groupId", "").startswith("aaaa")
    ] == ["uninstall"]
    assert len(stored["_assignments"]) == 3


def items(apps: list[Json]) -> list[Item]:
    return [Item(f"apps[{number}]", App, app) for number, app in enumerate(apps)]


def test_the_assignments_of_a_list_of_apps(session: GraphSession, graph: PlainGraph) -> None:
    graph.objects["groups"] = {"a": {"id": "a", "displayName": "A"}, "b": {"id": "b", "displayName": NAME}}
    names = [NAME, "Second", "Third"]
    stored = [
        reconcile(
            App(), session, {**STORE_APP, "name": name, "app_store_url": f"https://apps.apple.com/app/id{number}"}
        )
        for number, name in enumerate(names)
    ]
    apps: list[Json] = [
        {"name": name, "assignments": [{"group": NAME}, {"group": "A", "exclude": True}]} for name in names
    ]
    for check, changed in ((True, True), (False, True), (False, False)):
        before = len(graph.requests)
        result = reconcile_document(session, items(apps), check_mode=check)
        assert [app["changed"] for app in result["objects"]] == [changed] * 3
        assert result["warnings"] == []
        assert all(method == "GET" for method, _path in graph.requests[before:]) == (check or not changed)
    with pytest.raises(SomeFailed, match=r"apps\[1\], app 'None': app 'None' does not exist"):
        reconcile_document(session, items([{**apps[0], "assignments": []}, {**apps[1], "name": "None"}]))
    assert [len(graph.objects["deviceAppManagement/mobileApps"][app["id"]]["_assignments"]) for app in stored] == [
        2,
        2,
        2,
    ]


def test_an_app_configuration_lives(session: GraphSession, graph: PlainGraph) -> None:
    app_id = reconcile(App(), session, {"state": "present", **STORE_APP})["id"]
    settings = [{"key": "MDM", "type": "string", "value": "INTUNE"}]
    lives(
        session,
        graph,
        AppConfig,
        {"name": NAME, "target_apps": [app_id], "ios": {"settings": settings}},
        {"description": "d"},
    )


def test_configuration_for_managed_apps(session: GraphSession, graph: PlainGraph) -> None:
    managed = {"apps": [{"bundle_id": "com.example.a"}, {"package_id": "com.example.b"}], "custom_settings": {"a": 1}}
    create = {"name": NAME, "managed_apps": managed, "assignments": [{"all_users": True}]}
    lives(session, graph, AppConfig, create, {"managed_apps": {**managed, "apps": [{"bundle_id": "com.example.c"}]}})


def test_a_vpn_profile_lives(session: GraphSession, graph: PlainGraph) -> None:
    ios = {
        "connection_name": "c",
        "connection_type": "custom_vpn",
        "identifier": "com.example",
        "authentication_method": "username_and_password",
        "server": {"address": "127.0.0.1"},
        "custom_data": {"a": "b"},
    }
    lives(
        session,
        graph,
        VpnProfile,
        {"name": NAME, "ios": ios},
        {"ios": {**ios, "custom_data": {"a": "c"}, "server": {"address": "127.0.0.2"}}},
    )


def test_a_compliance_policy_lives(session: GraphSession, graph: PlainGraph) -> None:
    block = {"action_type": "block"}
    ios = {"device_threat_protection_required_security_level": "low", "restricted_apps": [{"name": "A", "app_id": "a"}]}
    later = {
        "ios": {**ios, "os_minimum_version": "18.0"},
        "scheduled_actions_for_rule": [{**block, "grace_period_days": 2}],
        "description": "d",
    }
    lives(session, graph, CompliancePolicy, {"name": NAME, "ios": ios, "scheduled_actions_for_rule": [block]}, later)
    assert len(graph.objects["deviceManagement/deviceCompliancePolicies"]) == 1


MESSAGES: list[Json] = [
    {"locale": "en-us", "subject": "Unsafe", "message_template": "Open the app.", "is_default": True},
    {"locale": "de-de", "subject": "Unsicher", "message_template": "Öffnen."},
]
CONDITIONS: Json = {"users": {"include_users": ["None"]}, "applications": {"include_applications": ["Office365"]}}
PROFILE = plistlib.dumps({"PayloadType": "Configuration", "PayloadVersion": 1}).decode()
# Resource -> the options of a new object, and those of a change.
FURTHER: dict[type[Resource], tuple[Json, Json]] = {
    AssignmentFilter: ({"platform": "ios", "rule": '(device.model -eq "a")'}, {"rule": '(device.model -eq "b")'}),
    AppProtectionPolicy: (
        {"ios": {"apps": [{"bundle_id": "a.b"}, {"bundle_id": "c.d"}]}, "assignments": [{"all_users": True}]},
        {"ios": {"apps": [{"bundle_id": "a.b"}], "maximum_allowed_device_threat_level": "low"}},
    ),
    ConditionalAccessPolicy: (
        {"conditions": CONDITIONS, "grant_controls": {"built_in_controls": ["compliant_device"]}},
        {"conditions": {**CONDITIONS, "platforms": {"include_platforms": ["ios"]}}},
    ),
    CustomProfile: (
        {"ios": {"payload": PROFILE}, "assignments": [{"all_devices": True}]},
        {"ios": {"payload": PROFILE.replace("Configuration", "Changed")}},
    ),
    NotificationTemplate: (
        {"localized_notification_messages": MESSAGES},
        {"localized_notification_messages": [MESSAGES[0], {**MESSAGES[1], "subject": "Neu"}]},
    ),
}


@pytest.mark.parametrize("resource", FURTHER, ids=lambda resource: str(resource.singular))
def test_further_resources(session: GraphSession, graph: PlainGraph, resource: type[Resource]) -> None:
    create, update = FURTHER[resource]
    lives(session, graph, resource, {"name": NAME, **create}, update)
    listed = gather(resource(), session, {}, check_mode=False)
    assert len(listed[resource.plural]) == 1


def test_every_resource_is_tried_here() -> None:
    tried: set[type[Resource]] = {
        App,
        AppConfig,
        CertificateProfile,
        CompliancePolicy,
        Group,
        MtdConnector,
        VpnProfile,
        *FURTHER,
    }
    assert {resource.singular for resource in tried} == {resource.singular for resource in RESOURCES}


def test_a_vpn_profile_with_a_certificate_lives(session: GraphSession, graph: PlainGraph) -> None:
    certificates = ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222")
    graph.objects["deviceManagement/deviceConfigurations"] = {
        object_id: {
            "id": object_id,
            "displayName": object_id[:1],
            "@odata.type": "#microsoft.graph.windows10PkcsCertificateProfile",
        }
        for object_id in certificates
    }
    windows = {
        "connection_name": "c",
        "connection_type": "ikev2",
        "authentication_method": "certificate",
        "identity_certificate": "1",
        "servers": [{"address": "127.0.0.1"}],
    }
    lives(
        session,
        graph,
        VpnProfile,
        {"name": NAME, "windows10": windows},
        {"windows10": {**windows, "identity_certificate": certificates[1]}},
    )
    password = {**windows, "authentication_method": "username_and_password", "identity_certificate": ""}
    assert reconcile(VpnProfile(), session, {"state": "present", "name": NAME, "windows10": password})["warnings"] == []
    assert not reconcile(VpnProfile(), session, {"state": "present", "name": NAME, "windows10": password})["changed"]


def test_what_graph_leaves_out_has_its_default(session: GraphSession, graph: PlainGraph) -> None:
    made: Json = {"state": "present", "name": NAME, "platform": "ios", "rule": '(device.model -eq "x")'}
    reconcile(AssignmentFilter(), session, made)
    assert not reconcile(AssignmentFilter(), session, {**made, "assignment_filter_management_type": "devices"})[
        "changed"
    ]
    reconcile(MtdConnector(), session, {"state": "present", "partner": "Zimperium", "ios_enabled": True})
    off: Json = {"mac_enabled": False, "ios_device_blocked_on_missing_partner_data": False}
    assert not reconcile(MtdConnector(), session, {"state": "present", "partner": "Zimperium", **off})["changed"]


def test_a_connector_lives(session: GraphSession, graph: PlainGraph) -> None:
    lives(session, graph, MtdConnector, {"partner": "Zimperium", "ios_enabled": True}, {"ios_enabled": False})


def test_a_service_principal_is_waited_for_until_a_list_shows_it(session: GraphSession, graph: PlainGraph) -> None:
    roles = [{"id": "2f51be20-0bb4-4fed-bf7b-db946066c75e", "value": "DeviceManagementManagedDevices.Read.All"}]
    graph.objects["servicePrincipals"] = {
        "api": {"id": "api", "appId": "00000003-0000-0000-c000-000000000000", "appRoles": roles}
    }
    graph.late["servicePrincipals"] = 1 + graph.bare
    wanted = {
        "app_id": "11111111-2222-4333-8444-555555555555",
        "permissions": [roles[0]["value"]],
        "create_service_principal": True,
    }
    assert permission_grants.manage(session, wanted)["warnings"] == []
    assert not permission_grants.manage(session, wanted)["changed"]
    assert graph.late["servicePrincipals"] == 0


def test_the_letter_case_of_an_apis_id_does_not_matter(session: GraphSession, graph: PlainGraph) -> None:
    scopes = [{"id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "value": "User.Read"}]
    api = {"id": "API-1", "appId": "00000003-0000-0000-C000-000000000000", "oauth2PermissionScopes": scopes}
    partner = {"id": "partner", "appId": "11111111-2222-4333-8444-555555555555"}
    graph.objects["servicePrincipals"] = {"API-1": api, "partner": partner}
    held = {
        "id": "1",
        "clientId": "partner",
        "consentType": "AllPrincipals",
        "resourceId": "api-1",
        "scope": "User.Read",
    }
    graph.objects["servicePrincipals/partner/oauth2PermissionGrants"] = {"1": held}
    wanted = {"app_id": partner["appId"], "permissions": ["User.Read"], "type": "delegated"}
    assert not permission_grants.manage(session, wanted)["changed"]


def test_an_empty_name_is_refused_before_any_request(session: GraphSession, graph: PlainGraph) -> None:
    with pytest.raises(InvalidOptions, match="name of the group is empty"):
        reconcile(Group(), session, {"state": "present", "name": " "})
    assert graph.requests == []


def test_what_is_no_object_is_an_error_and_no_traceback(session: GraphSession, graph: PlainGraph) -> None:
    object_id = "b" * 8 + "-0000-0000-0000-000000000000"
    for path, answer in (
        (f"{PROFILES}/{object_id}$", Reply(200, {})),
        (f"{PROFILES}$", Reply(200, {"value": [{"displayName": NAME}]})),
    ):
        graph.faults = [("GET", path, answer)] * 3
        with pytest.raises(BadAnswer, match="has no id"):
            reconcile(
                VpnProfile(),
                session,
                {"state": "present", "ios": VPN, **({"id": object_id} if object_id in path else {"name": NAME})},
            )


# -- a part of Graph that does not know yet what another has shown ---------------------------------------------------

UNKNOWN = Reply(404, {"error": {"code": "ResourceNotFound", "message": "An error has occurred"}})


@pytest.mark.parametrize(
    ("resource", "options", "fault"),
    [
        (App, {**STORE_APP, "assignments": [{"all_users": True}]}, ("POST", "/assign$")),
        (AppConfig, {"managed_apps": {"apps": [{"bundle_id": "com.example.a"}]}}, ("POST", "/targetApps$")),
        (Group, {"members": ["b" * 8 + "-0000-0000-0000-000000000000"]}, ("GET", "groups/[^/]+/members$")),
    ],
)
def test_a_new_object_that_is_not_known_everywhere_is_waited_for(
    session: GraphSession,
    graph: PlainGraph,
    quick: FakeTime,
    resource: type[Resource],
    options: Json,
    fault: tuple[str, str],
) -> None:
    member = "b" * 8 + "-0000-0000-0000-000000000000"
    graph.objects["directoryObjects"] = {member: {"id": member, "@odata.type": "#microsoft.graph.user"}}
    graph.faults = [(*fault, UNKNOWN)] * 2
    params = {"state": "present", "name": NAME, **options}
    assert reconcile(resource(), session, params)["warnings"] == []
    assert graph.faults == []
    assert not reconcile(resource(), session, params)["changed"]


def test_a_change_of_a_new_object_is_sent_until_it_is_known_there(
    session: GraphSession, graph: PlainGraph, quick: FakeTime
) -> None:
    params = {"state": "present", "name": NAME, "ios": VPN, "description": "a"}
    reconcile(VpnProfile(), session, params)
    graph.faults = [("PATCH", PROFILES, UNKNOWN)] * 2
    assert reconcile(VpnProfile(), session, {**params, "description": "b"})["vpn_profile"]["description"] == "b"
    graph.faults = [("PATCH", PROFILES, UNKNOWN)] * 99
    with pytest.raises(NotFound):
        reconcile(VpnProfile(), session, {**params, "description": "c"})


def test_a_new_app_that_is_not_known_everywhere_is_waited_for_until_it_is_published(
    session: GraphSession, graph: PlainGraph, quick: FakeTime
) -> None:
    def processing(path: str, body: Any) -> Reply:
        reply = graph.route("POST", path, body)
        (app,) = graph.objects[path].values()
        return Reply(201, {**app, "publishingState": "processing"}) if not graph.bare else reply

    graph.faults = [("POST", f"{APPS}$", processing), ("GET", f"{APPS}/[^/]+$", UNKNOWN)]
    reconcile(App(), session, {**STORE_APP, "wait_timeout": 60, "assignments": [{"all_users": True}]})
    assert len(graph.faults) == graph.bare


def test_a_deletion_that_does_not_reach_the_object_is_sent_again(
    session: GraphSession, graph: PlainGraph, quick: FakeTime
) -> None:
    params = {"state": "present", "name": NAME, "ios": VPN}
    reconcile(VpnProfile(), session, params)
    graph.faults = [("DELETE", PROFILES, UNKNOWN)] * 2
    result = reconcile(VpnProfile(), session, {"name": NAME, "state": "absent"})
    assert (result["changed"], result["warnings"]) == (True, [])
    assert graph.objects[PROFILES] == {}


def test_what_somebody_else_deleted_meanwhile_is_not_deleted_by_the_task(
    session: GraphSession, graph: PlainGraph, quick: FakeTime
) -> None:
    def deleted(path: str, body: Any) -> Reply:
        graph.route("DELETE", path, body)
        return UNKNOWN

    reconcile(VpnProfile(), session, {"state": "present", "name": NAME, "ios": VPN})
    graph.faults = [("DELETE", PROFILES, deleted)]
    result = reconcile(VpnProfile(), session, {"name": NAME, "state": "absent"}, diff_mode=True)
    assert not result["changed"]
    assert result["diff"]["before"] == result["diff"]["after"]


class Replicas(PlainGraph):
    """Each request reaches a replica that is up to LAG seconds behind; it does not know what was made since."""

    LAG = 5.0

    def __init__(self, time: FakeTime, seed: int) -> None:
        super().__init__(bare=bool(seed % 2))
        self.time = time
        self.random = random.Random(seed)
        self.history: list[tuple[float, dict[str, dict[str, Json]]]] = []

    def shown(self, method: str, path: str, body: Any) -> Reply:
        seen = self.time.now - self.random.uniform(0, self.LAG)
        replica = next((objects for since, objects in reversed(self.history) if since <= seen), {})
        if method == "GET":
            current, self.objects = self.objects, copy.deepcopy(replica)
            try:
                return super().shown(method, path, body)
            except KeyError:
                return UNKNOWN
            finally:
                self.objects = current
        collection, _slash, object_id = path.split("/", 2)[2].partition("/microsoft.graph")[0].rpartition("/")
        for parent, own in ((collection, object_id), tuple(collection.rpartition("/")[::2])):
            if own in self.objects.get(parent, {}) and own not in replica.get(parent, {}):
                return UNKNOWN
        reply = super().shown(method, path, body)
        self.history.append((self.time.now, copy.deepcopy(self.objects)))
        return reply


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("resource", "options", "update"),
    [
        (Group, {"name": NAME, "members": ["Inner"]}, {"description": "d"}),
        (
            App,
            {**STORE_APP, "created_by": "tests", "assignments": [{"all_users": True}, {"group": "Inner"}]},
            {"notes": "n"},
        ),
        (
            AppConfig,
            {
                "name": NAME,
                "managed_apps": {"apps": [{"bundle_id": "com.example.a"}]},
                "assignments": [{"all_users": True}],
            },
            {"description": "d"},
        ),
        (
            VpnProfile,
            {"name": NAME, "ios": VPN, "assignments": [{"group": "Inner", "exclude": True}]},
            {"assignments": [{"all_devices": True}]},
        ),
    ],
)
def test_replicas_that_are_behind_are_waited_for(
    quick: FakeTime, tmp_path: Path, resource: type[Resource], options: Json, update: Json, seed: int
) -> None:
    graph = Replicas(quick, seed)
    graph.objects["groups"] = {
        "inner": {"id": "inner", "displayName": "Inner", "@odata.type": "#microsoft.graph.group"}
    }
    graph.history.append((0, copy.deepcopy(graph.objects)))
    absent = {key: value for key, value in options.items() if key in ("name", "created_by", "assignments")}
    with session_with(graph, tmp_path) as session:
        for declared in (
            {"state": "present", **options},
            {"state": "present", **options, **update},
            {"state": "absent", **absent},
        ):
            for is_done in (False, True):
                quick.now += graph.LAG
                result = reconcile(resource(), session, declared)
                assert (result["changed"], result["warnings"]) == (not is_done, [])


def test_what_is_deleted_and_still_listed_is_left_out_of_information_and_export(
    session: GraphSession, graph: PlainGraph
) -> None:
    for name in ("First", "Second"):
        reconcile(
            App(), session, {**STORE_APP, "name": name, "app_store_url": f"https://apps.apple.com/app/id{len(name)}"}
        )
    first = next(iter(graph.objects[APPS]))
    graph.faults = [("GET", f"{APPS}/{first}$", UNKNOWN)] * 2
    assert [app["name"] for app in gather(App(), session, {})["apps"]] == ["Second"]
    graph.faults = [("GET", f"{APPS}/{first}$", UNKNOWN)] * 2
    ((exported,), _warnings) = export(session, [App()], GROUP, Selection())
    assert [app["name"] for app in exported.objects] == ["Second"]


# -- two at once -------------------------------------------------------------------------------------------------------


def somebody_assigns_after(graph: PlainGraph, method: str) -> Callable[[str, Any], Reply]:
    """Answer a request as ever, and have all profiles assigned to all users then, as another run may."""
    entry = {
        "@odata.type": "#microsoft.graph.deviceConfigurationAssignment",
        "target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"},
    }

    def answer(path: str, body: Any) -> Reply:
        reply = graph.route(method, path, body)
        for stored in graph.objects[PROFILES].values():
            stored["_assignments"] = [{"id": "x", **entry}]
        return reply

    return answer


def test_what_another_run_assigned_survives_a_create_whose_answer_is_lost(
    session: GraphSession, graph: PlainGraph, quick: FakeTime
) -> None:
    def lost(path: str, body: Any) -> Reply:
        somebody_assigns_after(graph, "POST")(path, body)
        return Reply(504)

    graph.faults = [("POST", f"{PROFILES}$", lost)]
    result = reconcile(
        VpnProfile(),
        session,
        {"state": "present", "name": NAME, "ios": VPN, "assignments": [{"all_devices": True}]},
    )
    assert result["warnings"] == []
    assert result["vpn_profile"]["assignments"] == [{"all_devices": True}, {"all_users": True}]
    (stored,) = graph.objects[PROFILES].values()
    assert len(stored["_assignments"]) == 2


def test_what_another_run_has_just_assigned_is_no_change_of_this_one(session: GraphSession, graph: PlainGraph) -> None:
    params = {"state": "present", "name": NAME, "ios": VPN}
    reconcile(VpnProfile(), session, params)

    graph.faults = [("GET", "/assignments$", somebody_assigns_after(graph, "GET"))]
    result = reconcile(VpnProfile(), session, {**params, "assignments": [{"all_users": True}]}, diff_mode=True)
    assert not result["changed"]
    assert result["diff"]["before"] == result["diff"]["after"]
    assert ("POST", "assign") not in {(method, path.rpartition("/")[2]) for method, path in graph.requests}


def test_the_diff_shows_the_list_that_was_replaced(session: GraphSession, graph: PlainGraph) -> None:
    params = {"state": "present", "name": NAME, "ios": VPN}
    reconcile(VpnProfile(), session, params)

    graph.faults = [("GET", "/assignments$", somebody_assigns_after(graph, "GET"))]
    diff = reconcile(VpnProfile(), session, {**params, "assignments": [{"all_devices": True}]}, diff_mode=True)["diff"]
    assert diff["before"]["assignments"] == [{"all_users": True}]
    assert diff["after"]["assignments"] == [{"all_devices": True}, {"all_users": True}]


def test_what_another_run_replaces_by_a_list_that_it_read_before_is_assigned_again(
    session: GraphSession, graph: PlainGraph, quick: FakeTime
) -> None:
    params = {"state": "present", "name": NAME, "ios": VPN}
    reconcile(VpnProfile(), session, params)

    graph.faults = [("POST", "/assign$", somebody_assigns_after(graph, "POST"))] * 2
    result = reconcile(VpnProfile(), session, {**params, "assignments": [{"all_devices": True}]})
    assert result["warnings"] == []
    (stored,) = graph.objects[PROFILES].values()
    assert len(stored["_assignments"]) == 2


def test_what_others_assign_after_the_task_is_not_waited_for(
    session: GraphSession, graph: PlainGraph, quick: FakeTime
) -> None:
    params = {"state": "present", "name": NAME, "ios": VPN}
    reconcile(VpnProfile(), session, params)

    def added(path: str, body: Any) -> Reply:
        reply = graph.route("POST", path, body)
        (stored,) = graph.objects[PROFILES].values()
        stored["_assignments"] += [
            {"id": "x", "target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}}
        ]
        return reply

    graph.faults = [("POST", "/assign$", added)]
    assert reconcile(VpnProfile(), session, {**params, "assignments": [{"all_devices": True}]})["warnings"] == []
    assert quick.slept == []


GONE = Reply(
    400, {"error": {"code": "BadRequest", "message": "The group was not found in the directory of the tenant."}}
)


def test_an_assignment_to_a_deleted_group_is_left_out_where_the_list_is_refused_for_it(
    session: GraphSession, graph: PlainGraph, quick: FakeTime
) -> None:
    graph.objects["groups"] = {"g": {"id": "g", "displayName": "G"}}
    params = {"state": "present", "name": NAME, "ios": VPN}
    reconcile(VpnProfile(), session, {**params, "assignments": [{"group": "G"}]})
    del graph.objects["groups"]["g"]
    graph.faults = [("POST", "/assign$", GONE)] * 4
    result = reconcile(VpnProfile(), session, {**params, "assignments": [{"all_devices": True}]})
    assert ["left out" in warning for warning in result["warnings"]] == [True]
    assert result["vpn_profile"]["assignments"] == [{"all_devices": True}]


def test_an_assignment_to_a_new_group_is_not_taken_for_one_to_a_deleted_group(
    session: GraphSession, graph: PlainGraph, quick: FakeTime
) -> None:
    graph.objects["groups"] = {"g": {"id": "g", "displayName": "G"}}
    params = {"state": "present", "name": NAME, "ios": VPN}
    reconcile(VpnProfile(), session, {**params, "assignments": [{"group": "G"}]})
    graph.faults = [
        *(("POST", "/assign$", GONE) for _time in range(5)),
        *(("GET", "^groups/g$", UNKNOWN) for _time in range(2)),
    ]
    result = reconcile(VpnProfile(), session, {**params, "assignments": [{"all_devices": True}]})
    assert result["warnings"] == []
    assert len(result["vpn_profile"]["assignments"]) == 2


def test_objects_of_other_runs_are_not_said_to_be_unwritten(
    session: GraphSession, graph: PlainGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    def thrice(path: str, body: Any) -> Reply:
        graph.route("POST", path, body)
        graph.route("POST", path, body)
        return graph.route("POST", path, body)

    monkeypatch.setattr(wait, "VISIBLE_WITHIN", 0.2)
    graph.faults = [("POST", f"{PROFILES}$", thrice)]
    with pytest.raises(AmbiguousName, match="This run created one of them") as caught:
        reconcile(VpnProfile(), session, {"state": "present", "name": NAME, "ios": VPN})
    assert caught.value.changed
    assert "This task wrote nothing" not in str(caught.value)


def test_a_group_that_another_run_makes_at_the_same_moment_is_taken(session: GraphSession, graph: PlainGraph) -> None:
    def first(path: str, body: Any) -> Reply:
        graph.route("POST", "groups", body)
        return Reply(
            409,
            {
                "error": {
                    "code": "ObjectConflict",
                    "message": "Another object with the same value for property uniqueName already exists.",
                }
            },
        )

    def found(path: str, body: Any) -> Reply:
        (group,) = graph.objects["groups"].values()
        return Reply(200, group)

    graph.faults = [("GET", r"^groups\(", UNKNOWN), ("PATCH", r"^groups\(", first), ("GET", r"^groups\(", found)]
    result = reconcile(Group(), session, {"state": "present", "name": NAME, "description": "d"})
    assert list(graph.objects["groups"]) == [result["id"]]


def test_an_app_that_was_approved_and_does_not_come_is_a_change(
    session: GraphSession, graph: PlainGraph, quick: FakeTime
) -> None:
    graph.faults = [
        ("GET", "EnterpriseSettings$", Reply(200, {"id": "1", "bindStatus": "boundAndValidated"})),
        ("POST", "syncApps$", Reply(204)),
    ]
    with pytest.raises(Unfinished, match="did not appear") as caught:
        reconcile(
            App(),
            session,
            {"state": "present", "type": "android_managed_store_app", "package_id": "com.example", "wait_timeout": 5},
        )
    assert caught.value.changed


def test_a_list_of_apps_rests_on_nothing_that_only_check_mode_assumes(session: GraphSession, graph: PlainGraph) -> None:
    reconcile(App(), session, STORE_APP)
    apps: list[Json] = [{"name": NAME, "assignments": [{"group": "None", "state": "absent"}]}]
    assert "None" in reconcile_document(session, items(apps), check_mode=True)["warnings"][0]
    with pytest.raises(SomeFailed, match="Not found: group 'None'"):
        reconcile_document(session, items(apps))


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [f"{NAME}  2", unicodedata.normalize("NFD", NAME)], ids=["spaces", "letters"])
def test_a_name_that_graph_spells_otherwise_is_an_error_and_not_a_new_object_with_every_run(
    session: GraphSession, graph: PlainGraph, quick: FakeTime, name: str
) -> None:
    def spelt(path: str, body: Any) -> Reply:
        text = unicodedata.normalize("NFC", " ".join(body["displayName"].split()))
        return graph.route("POST", path, {**body, "displayName": text})

    graph.faults = [("POST", f"{PROFILES}$", spelt)]
    with pytest.raises(Unfinished, match="cannot be read yet" if graph.bare else "Declare it by that name") as caught:
        reconcile(VpnProfile(), session, {"state": "present", "name": name, "ios": VPN})
    assert caught.value.changed


def test_a_member_group_is_told_from_one_that_is_spelt_in_other_letters(
    session: GraphSession, graph: PlainGraph
) -> None:
    ids = ["b" * 8 + "-0000-0000-0000-000000000000", "c" * 8 + "-0000-0000-0000-000000000000"]
    group = {"@odata.type": "#microsoft.graph.group"}
    graph.objects["groups"] = {
        ids[0]: {"id": ids[0], "displayName": "team", **group},
        ids[1]: {"id": ids[1], "displayName": "Team", **group},
    }
    reconcile(Group(), session, {"state": "present", "name": NAME, "members": ["team"]})
    assert reconcile(Group(), session, {"state": "present", "name": NAME, "members": ["Team"]})["changed"]
    again = reconcile(Group(), session, {"state": "present", "name": NAME, "members": [ids[0].upper(), "Team"]})
    assert not again["changed"]


def test_a_tag_that_cannot_be_read_back_is_refused_before_any_request(session: GraphSession, graph: PlainGraph) -> None:
    with pytest.raises(InvalidOptions, match="created_by"):
        reconcile(VpnProfile(), session, {"state": "present", "name": NAME, "ios": VPN, "created_by": "[tests]"})
    assert graph.requests == []
