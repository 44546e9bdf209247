# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the resources know by themselves, without a server."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mobilesec.intune.plugins.module_utils._devices.fields import selected
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.checks import check_new
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.preview import PreviewedResource
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.references import ResolvedNames
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.times import moment
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions import requirements as permissions
from ansible_collections.mobilesec.intune.plugins.module_utils._resources import app_settings
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_config import AppConfig
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_types import store_id
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.certificate_profile import (
    CertificateProfile,
    check_authority,
    to_der,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.group import Group, mail_nickname, unique_name
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.mtd_connector import PARTNERS
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.table import RESOURCES
from tests.emulator.inprocess import LocalTenant
from tests.unit.plugins.module_utils.intune.new_objects import certificate, properties


@given(st.text(min_size=1, max_size=256), st.text(min_size=1, max_size=256))
def test_a_mail_nickname_is_one_that_graph_takes_and_names_stay_apart(name: str, other: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9-]{1,64}", mail_nickname(name))
    assert (unique_name(name) == unique_name(other)) == (name == other)


def test_what_beta_shows_alone_has_nothing_below_it() -> None:
    """The engine reads and writes parts of an object in the resource's version."""
    previewed = [resource for resource in RESOURCES if issubclass(resource, PreviewedResource)]
    assert previewed
    for resource in previewed:
        assert not resource.assignable
        assert not resource.relations
        fields = [field for object_type in resource.types for field in resource().fields(object_type)]
        assert not any(field.action or field.address or field.is_link or field.not_in_lists for field in fields)


@pytest.mark.parametrize(
    ("url", "identity"),
    [
        ("https://apps.apple.com/us/app/sandblast-mobile-protect/id1006390797", "1006390797"),
        ("https://apps.apple.com/de/app/id1006390797?l=en", "1006390797"),
        ("https://play.google.com/store/apps/details?id=com.lacoon.security.fox&hl=de", "com.lacoon.security.fox"),
        ("https://example.com/app", None),
        (None, None),
    ],
)
def test_a_store_url_is_the_app_it_leads_to(url: str | None, identity: str | None) -> None:
    assert store_id(url) == identity


@given(properties)
def test_managed_properties_come_back_as_they_were_given(values: dict[str, Any]) -> None:
    assert app_settings.properties_of(app_settings.payload(values, "app:com.example")) == values


@given(properties, st.text(min_size=1, max_size=9))
def test_the_order_of_managed_properties_is_no_change_and_another_value_is_one(
    values: dict[str, Any], name: str
) -> None:
    kind = next(field.type for field in AppConfig.types[1].fields if field.option == "managed_properties")
    sent = app_settings.payload(values, "app:com.example")
    assert kind.equal(sent, app_settings.payload(dict(reversed(values.items())), "app:other"))
    assert not kind.equal(
        sent, app_settings.payload({**values, name: ["not what it was", str(values.get(name))]}, "app:com.example")
    )


@pytest.mark.parametrize(
    ("ios", "said"),
    [
        ({"settings": [{"key": "a", "type": "integer", "value": "five"}]}, "is no integer"),
        ({"settings": [{"key": "a", "type": "boolean", "value": "yes"}]}, "is no boolean"),
        ({"settings": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, "more than once"),
        ({"settings": [{"key": "a"}]}, "exactly one of value and secret_value"),
        ({"settings": [{"key": "a", "value": {"b": 1}}]}, "single value"),
        ({"settings_xml": "<dict><key>a</key></dict"}, "not a property list"),
        ({"settings_xml": "<array/>"}, "<dict>"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(ios: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidOptions, match=said):
        check_new(AppConfig(), {"name": "x", "ios": ios})


def test_pem_and_der_of_one_certificate_are_the_same() -> None:
    authority = certificate()
    field_type = next(field.type for field in CertificateProfile.types[0].fields if field.option == "certificate")
    pem, der = authority.public_bytes(Encoding.PEM), authority.public_bytes(Encoding.DER)
    assert to_der(pem) == to_der(der) == der
    names = ResolvedNames()
    assert field_type.equal(field_type.encode(der, None, names), base64.b64encode(pem).decode())
    other = certificate().public_bytes(Encoding.DER)
    assert not field_type.equal(field_type.encode(der, None, names), field_type.encode(other, None, names))
    check_authority(der)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (certificate(ca=False).public_bytes(Encoding.PEM), "not the certificate of a certificate authority"),
        (certificate(ca=None).public_bytes(Encoding.PEM), "not the certificate of a certificate authority"),
        (certificate(days=-1).public_bytes(Encoding.PEM), "expired on"),
        (certificate().public_bytes(Encoding.PEM) * 2, "more than one certificate"),
        (b"-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----", "damaged"),
        (b"anything", "no X.509 certificate"),
    ],
    ids=["leaf", "no constraints", "expired", "two", "damaged", "anything"],
)
def test_what_is_no_valid_authority_is_not_distributed(content: bytes, said: str) -> None:
    def distribute() -> None:
        params = CertificateProfile().prepare({"certificate": content.decode(), "state": "present"})
        CertificateProfile().check_change(LocalTenant().session(), None, {}, params)

    with pytest.raises(InvalidOptions, match=said):
        distribute()


@pytest.mark.parametrize(
    "kind", [{}, {"securityEnabled": None, "mailEnabled": None}, {"securityEnabled": True, "mailEnabled": False}]
)
def test_a_group_of_which_nothing_else_is_told_is_a_security_group(kind: dict[str, Any]) -> None:
    assert Group().matches(kind, {})


@pytest.mark.parametrize("kind", [{"securityEnabled": False}, {"securityEnabled": True, "mailEnabled": True}])
def test_a_group_that_gets_mail_or_secures_nothing_is_none(kind: dict[str, Any]) -> None:
    assert not Group().matches(kind, {})


def test_partner_ids_are_guids() -> None:
    assert all(
        re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", partner_id) for partner_id in PARTNERS.values()
    )
    assert len(set(PARTNERS.values())) == len(PARTNERS)


def test_times_of_graph_and_of_people_are_read() -> None:
    graph = moment("x", "2026-11-24T08:00:00.1234567Z")
    assert graph == moment("x", "2026-11-24T09:00:00+01:00")
    assert moment("x", "2026-11-24") < graph
    # "Not set" is a time at the end of what there is, and may have an offset.
    assert moment("x", "0001-01-01T00:00:00+02:00").year == 1
    assert moment("x", "9999-12-31T23:59:59-02:00").year == 9999
    with pytest.raises(InvalidOptions, match="no date"):
        moment("last_sync_after", "yesterday")


def test_fields_are_those_of_a_device() -> None:
    assert selected(["device_name", "azure_ad_device_id", "device_name"]) == ["deviceName", "azureADDeviceId"]
    assert "id" in selected(["all"])
    with pytest.raises(InvalidOptions, match="no_such_field"):
        selected(["no_such_field"])


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", "groups", "GroupMember.Read.All"),
        ("POST", "groups", "Group.Create"),
        ("PATCH", "groups/x", "Group.ReadWrite.All"),
        ("POST", "deviceAppManagement/mobileApps/x/assign", "DeviceManagementApps.ReadWrite.All"),
        ("GET", "deviceManagement/managedDevices", "DeviceManagementManagedDevices.Read.All"),
        ("PATCH", "deviceManagement/mobileThreatDefenseConnectors/x", "DeviceManagementServiceConfig.ReadWrite.All"),
    ],
)
def test_a_refusal_names_the_least_permission_first(method: str, path: str, permission: str) -> None:
    assert (permissions.hint(method, path) or "").startswith(permission)
    assert permissions.hint(method, "something/else") is None
