# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""App registrations: created, changed and removed in this process, and used for logins."""

from __future__ import annotations

import base64
import datetime
import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import wait
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.engine import reconcile
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions, InvalidValues
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.references import ResolvedNames
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.resource import Resource
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import (
    AuthenticationError,
    Forbidden,
    IntuneError,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions import registration
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.app_registration import (
    Application,
    Certificates,
    _Declared,
    _thumbprint_of,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.service_principal import ServicePrincipal
from tests.emulator.client import Emulator
from tests.emulator.settings import CLIENT_ID
from tests.emulator.threaded import ThreadedEmulator
from tests.faults.simulation import simulated
from tests.unit.emulator.api import Api
from tests.unit.plugins.modules.in_process import Result, Tenant

MODULE = "intune_application"
ADMIN = [
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.Read.All",
]
GITHUB = {"name": "main", "issuer": "https://issuer.example", "subject": "repo:example/tenant:ref:refs/heads/main"}


class Pair:
    """A key and its certificate, as files and as texts."""

    def __init__(self, folder: Path, name: str) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder(
            subject, subject, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=30)
        )
        certificate = builder.sign(key, hashes.SHA256())
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.thumbprint = certificate.fingerprint(hashes.SHA1()).hex().upper()
        self.path = folder / f"{name}.pem"
        self.path.write_text(self.key + self.pem)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    folder = tmp_path_factory.mktemp("pairs")
    return [Pair(folder, name) for name in ("old", "new")]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> tuple[rsa.RSAPrivateKey, Path]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = tmp_path_factory.mktemp("issuer") / "issuer.pem"
    path.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return key, path


@pytest.fixture(scope="module")
def emulator(issuer: tuple[rsa.RSAPrivateKey, Path]) -> Iterator[Emulator]:
    with Emulator(devices=1, users=1, federated_issuer_key=issuer[1], permissions=",".join(ADMIN)) as running:
        yield running


@pytest.fixture
def tenant(emulator: Emulator) -> Tenant:
    emulator.settings(eventual=0, permissions=ADMIN)
    emulator.reset()
    return Tenant(emulator)


def granted(tenant: Tenant, created: Result) -> None:
    tenant.run("intune_permission", app_id=created["application"]["app_id"], permissions=["GroupMember.Read.All"])


def logged_in(tenant: Tenant, created: Result, **credential: Any) -> Result:
    """Read as the application."""
    app_id = created["application"]["app_id"]
    options = {"client_secret": None, **credential, "client_id": app_id}
    return tenant.run("intune_group", name="x", state="absent", **options)


def test_an_application_with_its_service_principal_is_created_once(tenant: Tenant, pairs: list[Pair]) -> None:
    options: dict[str, Any] = {
        "description": "By playbook",
        "certificates": [pairs[0].pem],
        "federated_credentials": [GITHUB],
    }
    done = tenant.settles(MODULE, name="Automation", created_by="bootstrap", allow_public_client_flows=True, **options)
    application = done["application"]
    assert application["certificates"] == [pairs[0].thumbprint]
    assert application["federated_credentials"] == [{**GITHUB, "audience": "api://AzureADTokenExchange"}]
    assert application["service_principal_id"]
    assert application["created_by"] == "bootstrap"
    again = tenant.run(MODULE, name="Automation", **options)
    assert (again["changed"], again["graph_requests"]) == (False, 3)
    assert again["id"] == done["id"]


def test_what_the_registration_allows_logs_in(
    tenant: Tenant, pairs: list[Pair], issuer: tuple[rsa.RSAPrivateKey, Path], tmp_path: Path
) -> None:
    secret = {"dest": str(tmp_path / "secret")}
    created = tenant.run(
        MODULE, name="A", certificates=[pairs[0].pem], federated_credentials=[GITHUB], password_credential=secret
    )
    granted(tenant, created)
    token = {"iss": GITHUB["issuer"], "sub": GITHUB["subject"], "aud": "api://AzureADTokenExchange", "exp": 4102444800}
    (tmp_path / "token").write_text(jwt.encode(token, issuer[0], "RS256"))
    for credential in (
        {"certificate_path": str(pairs[0].path)},
        {"federated_token_file": str(tmp_path / "token")},
        {"client_secret": (tmp_path / "secret").read_text()},
    ):
        assert not logged_in(tenant, created, **credential)["changed"]
    with pytest.raises(AuthenticationError, match="not registered"):
        logged_in(tenant, created, certificate_path=str(pairs[1].path))
    (tmp_path / "token").write_text(jwt.encode({**token, "sub": "repo:other"}, issuer[0], "RS256"))
    with pytest.raises(AuthenticationError, match="subject"):
        logged_in(tenant, created, federated_token_file=str(tmp_path / "token"))


def test_certificates_are_added_and_removed_without_a_gap(tenant: Tenant, pairs: list[Pair]) -> None:
    old, new = pairs
    created = tenant.run(MODULE, name="A", certificates=[old.pem])
    granted(tenant, created)
    both = tenant.settles(MODULE, name="A", certificates=[new.pem])
    assert sorted(both["application"]["certificates"]) == sorted([old.thumbprint, new.thumbprint])
    for pair in pairs:
        logged_in(tenant, created, certificate_path=str(pair.path))
    # Results can be options: a thumbprint keeps what exists.
    last = tenant.settles(MODULE, name="A", certificates=[new.thumbprint.lower()], purge_certificates=True)
    assert last["application"]["certificates"] == [new.thumbprint]
    with pytest.raises(AuthenticationError, match="not registered"):
        logged_in(tenant, created, certificate_path=str(old.path))
    with pytest.raises(InvalidOptions, match=f"no certificate with the thumbprint {old.thumbprint}"):
        tenant.run(MODULE, name="A", certificates=[old.thumbprint])


def test_a_certificate_that_others_add_during_the_task_stays(
    tenant: Tenant, pairs: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant.run(MODULE, name="A")
    others = [pairs[1].pem]

    def advice(*_arguments: Any) -> list[str]:
        while others:
            tenant.run(MODULE, name="A", certificates=[others.pop()])
        return []

    monkeypatch.setattr(Application, "advice", advice)
    result = tenant.run(MODULE, name="A", certificates=[pairs[0].pem])
    assert set(result["application"]["certificates"]) == {pair.thumbprint for pair in pairs}


def test_a_private_key_is_not_sent(tenant: Tenant, pairs: list[Pair]) -> None:
    with pytest.raises(InvalidValues, match="holds a private key") as caught:
        tenant.run(MODULE, name="A", certificates=[pairs[0].key + pairs[0].pem])
    assert "BEGIN" not in str(caught.value)
    with pytest.raises(InvalidValues, match="PEM form"):
        tenant.run(MODULE, name="A", certificates=["/a/path.pem"])
    assert not [entry for entry in tenant.emulator.journal() if entry["method"] == "POST" and "v1.0" in entry["path"]]


@pytest.mark.parametrize("written", ["base64", "hexadecimal", "text"])
def test_a_thumbprint_is_the_same_however_it_is_written(pairs: list[Pair], written: str) -> None:
    mark = pairs[0].thumbprint
    names = {
        "base64": base64.b64encode(bytes.fromhex(mark)).decode(),
        "hexadecimal": mark.lower(),
        "text": base64.b64encode(mark.encode()).decode(),
    }
    assert _thumbprint_of({"customKeyIdentifier": names[written], "key": None}) == mark


@pytest.mark.parametrize("name", [None, "c2lnbmluZw=="])
def test_keys_of_others_that_no_thumbprint_tells_apart_stay(pairs: list[Pair], name: str | None) -> None:
    """A certificate that signs has an entry for each use, and some keys have no thumbprint at all."""
    others = [{"keyId": use, "usage": use, "customKeyIdentifier": name, "key": None} for use in ("Sign", "Verify")]
    declared = _Declared((pairs[0].pem,), is_exact=False)
    assert Certificates().encode(declared, others, ResolvedNames())[:2] == others


def test_federated_credentials_of_others_stay_and_a_changed_one_keeps_its_name(tenant: Tenant) -> None:
    other = {**GITHUB, "name": "other", "subject": "repo:other"}
    tenant.run(MODULE, name="A", federated_credentials=[other])
    tenant.settles(MODULE, name="A", federated_credentials=[GITHUB])
    changed = tenant.settles(MODULE, name="A", federated_credentials=[{**GITHUB, "subject": "repo:new"}])
    shown = {each["name"]: each["subject"] for each in changed["application"]["federated_credentials"]}
    assert shown == {"other": "repo:other", "main": "repo:new"}
    exact = tenant.settles(MODULE, name="A", federated_credentials=[GITHUB], purge_federated_credentials=True)
    assert [each["name"] for each in exact["application"]["federated_credentials"]] == ["main"]
    with pytest.raises(InvalidOptions, match="allow_empty"):
        tenant.run(MODULE, name="A", federated_credentials=[], purge_federated_credentials=True)
    with pytest.raises(InvalidOptions, match="'a b' is not a name"):
        tenant.run(MODULE, name="A", federated_credentials=[{**GITHUB, "name": "a b"}])


def test_a_federated_credential_for_the_tokens_of_another_is_refused_or_replaces_it(tenant: Tenant) -> None:
    tenant.run(MODULE, name="A", federated_credentials=[GITHUB])
    renamed = {**GITHUB, "name": "renamed"}
    for check in (True, False):
        with pytest.raises(InvalidOptions, match="'main' has the issuer and the subject of 'renamed' already"):
            tenant.run(MODULE, check=check, name="A", federated_credentials=[renamed])
    options: dict[str, Any] = {"federated_credentials": [renamed], "purge_federated_credentials": True}
    done = tenant.settles(MODULE, name="A", **options)
    assert [each["name"] for each in done["application"]["federated_credentials"]] == ["renamed"]


def test_a_secret_is_created_once_and_written_for_its_owner_only(tenant: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    predicted = tenant.run(MODULE, check=True, name="A", password_credential={"dest": str(path)})
    assert predicted["client_secret"] == {"name": "ansible", "path": str(path)}
    done = tenant.run(MODULE, name="A", password_credential={"dest": str(path), "days": 5})
    text = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert text not in str(done)
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]
    again = tenant.run(MODULE, name="A", password_credential={"dest": str(path)})
    assert not again["changed"]
    assert "client_secret" not in again
    path.unlink()
    lost = tenant.run(MODULE, name="A", password_credential={"dest": str(path)})
    assert "does not show it again" in lost["warnings"][0]
    returned = tenant.run(MODULE, name="A", password_credential={"name": "second", "return_value": True})
    assert returned["client_secret"]["value"].startswith("Emu8Q~")
    assert returned["changed"]


@pytest.mark.parametrize("written", [True, False])
def test_a_secret_whose_answer_is_lost_is_replaced_by_one_that_is_known(
    tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: bool
) -> None:
    monkeypatch.setattr(wait, "VISIBLE_WITHIN", 1.0)
    path = tmp_path / "secret"
    tenant.run(MODULE, name="A", password_credential={"name": "other", "return_value": True})
    lost = {"drop_after_execute": True} if written else {"drop_after_read": True}
    tenant.emulator.faults({"match": {"path": "addPassword"}, "times": 1, "action": lost})
    done = tenant.run(MODULE, name="A", password_credential={"dest": str(path)})
    assert path.read_text(encoding="ascii").startswith("Emu8Q~")
    secrets = tenant.run("intune_application_info", name="A")["details"]
    assert sorted(each["name"] for each in next(iter(secrets.values()))["client_secrets"]) == ["ansible", "other"]
    assert done["client_secret"]["id"]


def test_a_secret_that_cannot_be_written_down_is_removed(
    tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_paths: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    secret = {"dest": str(tmp_path / "secret")}
    with pytest.raises(InvalidOptions, match=r"No space left on device\. The application has no new secret"):
        tenant.run(MODULE, name="A", password_credential=secret)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert tenant.run(MODULE, name="A", password_credential=secret)["changed"]


@pytest.mark.parametrize("way", ["empty object", "null"])
def test_a_secret_that_graph_does_not_show_is_removed_and_none_is_written(
    tenant: Tenant, tmp_path: Path, way: str
) -> None:
    path = tmp_path / "secret"
    tenant.emulator.faults({"match": {"path": "addPassword"}, "times": 1, "action": {"alter": way}})
    with pytest.raises(IntuneError, match="did not show it") as caught:
        tenant.run(MODULE, name="A", password_credential={"dest": str(path)})
    assert caught.value.changed
    assert not path.exists()
    assert tenant.run(MODULE, name="A", password_credential={"dest": str(path)})["changed"]
    assert path.read_text(encoding="ascii").startswith("Emu8Q~")


@pytest.mark.parametrize(
    "values",
    [
        {"passwordCredentials": [{"keyId": "1", "displayName": "ansible", "endDateTime": "soon"}]},
        {"passwordCredentials": [{"keyId": "1", "displayName": ["ansible"]}]},
        {"passwordCredentials": [None]},
        {"keyCredentials": [{"keyId": "1", "key": "no base64"}]},
        {"keyCredentials": [{"keyId": "1", "customKeyIdentifier": "ä"}]},
        {"keyCredentials": [{"keyId": "1", "key": {}}]},
        {"value": [{"id": "1"}]},
        {"value": [{"id": "1", "name": ["x"]}]},
        {"value": [{"id": "1", "name": "x", "audiences": [[]]}]},
    ],
)
def test_odd_credentials_end_in_a_result_or_one_sentence(tenant: Tenant, values: dict[str, Any]) -> None:
    created = tenant.run(MODULE, name="A", federated_credentials=[GITHUB])["application"]
    is_federated = "value" in values
    path = "federatedIdentityCredentials$" if is_federated else "applications(\\?|/[^/]+$)"
    odd = {"id": created["id"], "appId": created["app_id"], "displayName": "A", **values}
    body = values if is_federated else {**odd, "value": [odd]}
    tenant.emulator.faults({"match": {"method": "GET", "path": path}, "action": {"status": 200, "body": body}})
    secret = {"return_value": True}
    for module, options in (
        (MODULE, {"federated_credentials": [GITHUB], "password_credential": secret}),
        (MODULE, {"state": "absent", "created_by": "us"}),
        ("intune_application_info", {}),
    ):
        with suppress(IntuneError):
            tenant.run(module, check=True, name="A", retry_timeout=1, **options)


def test_a_secret_that_nobody_could_read_is_not_created(tenant: Tenant, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "pipe")
    for secret, said in (
        ({}, "shows a secret once"),
        ({"dest": str(tmp_path / "none/secret")}, "does not exist"),
        ({"dest": str(tmp_path / "link")}, "symbolic link"),
        ({"dest": str(tmp_path)}, "is a directory"),
        ({"dest": str(tmp_path / "pipe")}, "pipe or socket"),
        ({"dest": str(tmp_path / "x"), "days": 0}, "number of days"),
    ):
        with pytest.raises(InvalidOptions, match=said):
            tenant.run(MODULE, name="A", password_credential={"name": "s", **secret})
    assert not tenant.run("intune_application_info")["applications"]


@pytest.mark.parametrize("lag", [2, 60])
def test_a_new_application_is_waited_for(pairs: list[Pair], lag: int) -> None:
    """On the clock of the tenant, so that a busy machine makes no difference."""
    emulator = ThreadedEmulator(devices=1, users=1, permissions=tuple(ADMIN))
    with emulator:
        tenant = Tenant(emulator)
        emulator.settings(eventual=lag * 1000)
        with simulated(emulator.tenant_clock):
            created = tenant.run(MODULE, name="A", certificates=[pairs[0].pem], federated_credentials=[GITHUB])
            assert created["application"]["service_principal_id"]
            granted(tenant, created)
            assert len(tenant.run("intune_application_info")["applications"]) == 1


@pytest.mark.parametrize("after", [Application, ServicePrincipal])
def test_a_run_whose_application_another_run_deletes_goes_on_with_the_other_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, after: type[Resource]
) -> None:
    """Of applications that runs at once create one stays, and each run deletes its own."""
    deleted: list[str] = []

    def disturbed(resource: Resource, session: GraphSession, *rest: Any) -> Result:
        result = reconcile(resource, session, *rest)
        if isinstance(resource, Application):
            found.append(result["id"])
        if isinstance(resource, after) and not deleted:
            deleted.extend(found)
            session.delete(f"applications/{found[0]}", version="v1.0")
        return result

    found: list[str] = []
    monkeypatch.setattr(registration, "reconcile", disturbed)
    emulator = ThreadedEmulator(devices=1, users=1, permissions=tuple(ADMIN))
    with emulator, simulated(emulator.tenant_clock):
        secret = {"dest": str(tmp_path / "secret")}
        done = Tenant(emulator).run(MODULE, name="A", created_by="us", password_credential=secret)
        (stored,) = emulator.state()["app_registrations"]
    assert (stored["id"], len(stored["passwordCredentials"])) == (done["id"], 1)
    assert done["changed"]
    assert done["application"]["service_principal_id"]
    assert deleted == found[:1] != [done["id"]]


def test_what_info_returns_are_options(tenant: Tenant, pairs: list[Pair]) -> None:
    tenant.run(MODULE, name="A", description="x", certificates=[pairs[0].pem], federated_credentials=[GITHUB])
    found = tenant.run("intune_application_info", name="A")
    (options,) = found["applications"]
    assert list(found["details"][options["id"]]["certificates_end"]) == [pairs[0].thumbprint]
    assert not tenant.run(MODULE, **options)["changed"]


def test_only_a_tagged_application_is_deleted_with_all_that_it_held(tenant: Tenant) -> None:
    tenant.run(MODULE, name="By hand")
    kept = tenant.run(MODULE, name="By hand", state="absent", created_by="bootstrap")
    assert not kept["changed"]
    created = tenant.run(MODULE, name="A", created_by="bootstrap")
    granted(tenant, created)
    gone = tenant.settles(MODULE, name="A", state="absent", created_by="bootstrap")
    assert gone["changed"]
    assert created["application"]["app_id"] not in tenant.emulator.state()["applications"]


def test_an_application_that_others_log_in_as_stays(tenant: Tenant, pairs: list[Pair]) -> None:
    """Until the task declares the credentials, or force does not ask."""
    federated = {"name": "ci", "issuer": "https://ci.example", "subject": "main"}
    declared: dict[str, Any] = {
        "certificates": [pairs[0].pem],
        "federated_credentials": [federated],
        "password_credential": {"name": "ours", "return_value": True},
    }
    tenant.run(MODULE, name="A", created_by="us", **declared)
    gone: dict[str, Any] = {"name": "A", "created_by": "us", "state": "absent"}
    result = tenant.run(MODULE, **gone)
    assert not result["changed"]
    (reason,) = result["kept_because"]
    assert reason["reason"] == "credentials"
    assert len(reason["by"]) == 3
    for left_out in declared:
        rest = {name: value for name, value in declared.items() if name != left_out}
        (reason,) = tenant.run(MODULE, **gone, **rest)["kept_because"]
        assert len(reason["by"]) == 1
    assert tenant.run(MODULE, check=True, **gone, **declared)["changed"]
    assert tenant.run(MODULE, check=True, **gone, force=True)["changed"]
    assert tenant.run(MODULE, **gone, **declared)["changed"]


def test_exactly_the_permissions_of_steps_are_granted(tenant: Tenant) -> None:
    app_id = tenant.run(MODULE, name="A")["application"]["app_id"]
    first = tenant.settles("intune_permission", app_id=app_id, steps=["groups", "apps"], permissions=["User.Read.All"])
    assert len(first["granted"]) == 3
    exact = tenant.settles("intune_permission", app_id=app_id, steps=["apps"], purge_permissions=True)
    assert exact["application"]["permissions"] == ["Microsoft Graph: DeviceManagementApps.ReadWrite.All"]
    assert exact["revoked"] == ["Microsoft Graph: Group.ReadWrite.All", "Microsoft Graph: User.Read.All"]
    both = tenant.settles("intune_permission", app_id=app_id, steps=["groups"], type="delegated")
    assert both["granted"] == ["Microsoft Graph: Group.ReadWrite.All (delegated)"]
    # A type that is declared is the only one that is purged.
    users = tenant.settles("intune_permission", app_id=app_id, steps=["apps"], type="delegated", purge_permissions=True)
    assert users["revoked"] == ["Microsoft Graph: Group.ReadWrite.All (delegated)"]
    state = tenant.emulator.state()["applications"][app_id]
    assert state == {
        "app_roles": ["DeviceManagementApps.ReadWrite.All"],
        "scopes": ["DeviceManagementApps.ReadWrite.All"],
    }


def test_a_login_does_not_purge_what_it_needs_itself(tenant: Tenant) -> None:
    with pytest.raises(Exception, match="this login needs it to revoke permissions"):
        tenant.run("intune_permission", app_id=CLIENT_ID, steps=["apps"], purge_permissions=True)


def test_a_missing_permission_is_named(tenant: Tenant) -> None:
    tenant.emulator.settings(permissions=["Application.Read.All"])
    with pytest.raises(Forbidden, match=r"Application\.ReadWrite\.All"):
        tenant.run(MODULE, name="A")


# -- the emulated tenant is strict ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"usage": "Sign"}, "usage"),
        ({"displayName": "Other"}, "Update to existing credential"),
        ({"key": "AAAA", "keyId": None}, "DER certificate"),
    ],
)
def test_the_emulated_graph_takes_existing_keys_only_as_they_were(
    tenant: Tenant, pairs: list[Pair], change: dict[str, Any], said: str
) -> None:
    created = tenant.run(MODULE, name="A", certificates=[pairs[0].pem])
    api = Api(tenant.emulator)
    path = f"/v1.0/applications/{created['id']}"
    (key,) = api.get(path).body["keyCredentials"]
    assert key["key"] is None
    answer = api("PATCH", path, {"keyCredentials": [{**key, **change}]})
    assert answer.status == 400
    assert said in answer.text
    assert api("PATCH", path, {"description": ""}).status == 400
    assert api("PATCH", path, {"passwordCredentials": []}).status == 400
    assert api.get(f"{path}?$select=id,keyCredentials").body["keyCredentials"][0]["key"]
