# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one logs in with: small interchangeable classes, and the choice among the declared options."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Union

from ..clouds import Cloud
from ..errors import ConfigurationError
from .prompt import AS_A_MODULE, Prompt

# The environment variables that an option is filled in from, the first that is set.
VARIABLES = {
    "tenant_id": ("AZURE_TENANT_ID", "AZURE_TENANT"),
    "client_id": ("AZURE_CLIENT_ID",),
    "client_secret": ("AZURE_CLIENT_SECRET", "AZURE_SECRET"),
    "certificate_path": ("AZURE_CLIENT_CERTIFICATE_PATH",),
    "certificate_password": ("AZURE_CLIENT_CERTIFICATE_PASSWORD",),
    "federated_token_file": ("AZURE_FEDERATED_TOKEN_FILE",),
    "access_token": ("INTUNE_ACCESS_TOKEN",),
}
_OF_AN_APPLICATION = ("device_code", "certificate_path", "federated_token_file", "client_secret")
_TENANT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_LARGEST_FILE = 1 << 20
_SCOPE = re.compile(r"[A-Za-z0-9.-]+")
_NO_TENANT = frozenset(("common", "organizations", "consumers"))


@dataclass(frozen=True)
class ClientSecret:
    tenant_id: str
    client_id: str
    secret: str = field(repr=False)

    def fingerprint(self) -> str:
        """Differs between credentials and does not give the secret away; part of the key of cached tokens."""
        return _digest("secret", self.secret)

    def secrets(self) -> tuple[str, ...]:
        return (self.secret,)

    def for_msal(self) -> str | dict[str, Any]:
        """MSAL's `client_credential`."""
        return self.secret


@dataclass(frozen=True)
class Certificate:
    """A file with the private key and its certificate, in PEM or PFX form; the password opens it."""

    tenant_id: str
    client_id: str
    path: str
    password: str | None = field(default=None, repr=False)

    def fingerprint(self) -> str:
        return _digest("certificate", hashlib.sha256(_read_file("certificate_path", self.path)).hexdigest())

    def secrets(self) -> tuple[str, ...]:
        return (self.password,) if self.password else ()

    def for_msal(self) -> str | dict[str, Any]:
        from . import certificate

        key, cert = certificate.load(_read_file("certificate_path", self.path), self.path, self.password)
        # Without a thumbprint, MSAL computes the SHA-256 one and signs with PS256, as Entra asks for
        # [graph facts: tokens].
        return {"private_key": key, "public_certificate": cert}


@dataclass(frozen=True)
class FederatedToken:
    """A file that another identity provider keeps fresh, so it is read anew at each login."""

    tenant_id: str
    client_id: str
    path: str

    def fingerprint(self) -> str:
        return _digest("federated", self.path)

    def secrets(self) -> tuple[str, ...]:
        return ()

    def for_msal(self) -> str | dict[str, Any]:
        # A callable: MSAL warns of a fixed assertion, as that expires.
        return {"client_assertion": self.read}

    def read(self) -> str:
        token = _read_file("federated_token_file", self.path).decode("utf-8", "replace").strip()
        if not token:
            raise ConfigurationError(f"federated_token_file '{self.path}' is empty.")
        if not _is_token(token):
            raise ConfigurationError(f"federated_token_file '{self.path}' does not hold a token.")
        return token


@dataclass(frozen=True)
class ManagedIdentity:
    """The identity of the Azure machine itself; `client_id` chooses a user-assigned one."""

    tenant_id: ClassVar[str] = ""
    client_id: str | None = None

    def fingerprint(self) -> str:
        return _digest("managed_identity", self.client_id or "")

    def secrets(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class AzureCli:
    """Whoever is logged in to the Azure CLI of this machine; without a tenant, in the one that is chosen there."""

    tenant_id: str = ""
    client_id: ClassVar[None] = None

    def fingerprint(self) -> str:
        """Changes with each login and logout: the CLI lists its accounts in that file."""
        folder = os.path.expanduser(os.environ.get("AZURE_CONFIG_DIR") or "~/.azure")
        try:
            with open(os.path.join(folder, "azureProfile.json"), "rb") as file:
                accounts = hashlib.sha256(file.read()).hexdigest()
        except OSError:
            accounts = ""
        return _digest("azure_cli", folder, accounts)

    def secrets(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class DeviceCode:
    """A user, who logs in to the application with a browser on any device."""

    tenant_id: str
    client_id: str
    scopes: tuple[str, ...] = ()
    prompt: Prompt = field(default=AS_A_MODULE, repr=False, compare=False)

    def fingerprint(self) -> str:
        return _digest("device_code", *sorted(self.scopes))

    def secrets(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class AccessToken:
    """A token that the user got elsewhere; it cannot be renewed."""

    token: str = field(repr=False)

    def secrets(self) -> tuple[str, ...]:
        return (self.token,)


ApplicationCredential = Union[ClientSecret, Certificate, FederatedToken]
LoginCredential = Union[ApplicationCredential, ManagedIdentity, AzureCli, DeviceCode]
Credential = Union[LoginCredential, AccessToken]


def target(cloud: Cloud, credential: LoginCredential) -> str:
    """What a login asks for, and what MSAL's cache has as target of its token."""
    # A managed identity asks for a resource, not for a scope [graph facts: managed identity].
    return cloud.graph_url + "/" if isinstance(credential, ManagedIdentity) else cloud.scope


def from_params(params: Mapping[str, Any], prompt: Prompt = AS_A_MODULE) -> Credential:
    """The one credential to use. Raises ConfigurationError.

    Environment variables fill options, so several may be set: the first of access_token, managed_identity, azure_cli,
    device_code, certificate_path, federated_token_file, client_secret is taken, from the most deliberate to the one
    that is most often left over in an environment.
    """
    if params.get("access_token"):
        return AccessToken(_access_token(str(params["access_token"])))
    if params.get("managed_identity"):
        return ManagedIdentity(str(params["client_id"]).strip() if params.get("client_id") else None)
    if params.get("azure_cli"):
        return AzureCli(_tenant(params) if params.get("tenant_id") else "")
    if not any(params.get(option) for option in _OF_AN_APPLICATION):
        raise ConfigurationError(
            "No credential is declared: set access_token (INTUNE_ACCESS_TOKEN), managed_identity, azure_cli, "
            "device_code, certificate_path (AZURE_CLIENT_CERTIFICATE_PATH), federated_token_file "
            "(AZURE_FEDERATED_TOKEN_FILE) or client_secret (AZURE_CLIENT_SECRET). A task with become, or on another "
            "machine, does not see the environment of ansible-playbook."
        )
    tenant, client = _tenant(params), _required(params, "client_id", "AZURE_CLIENT_ID", "the application's (client) id")
    if params.get("device_code"):
        return DeviceCode(tenant, client, tuple(map(_scope, params.get("device_code_scopes") or ())), prompt)
    if params.get("certificate_path"):
        password = params.get("certificate_password")
        return Certificate(tenant, client, str(params["certificate_path"]), str(password) if password else None)
    if params.get("federated_token_file"):
        return FederatedToken(tenant, client, str(params["federated_token_file"]))
    secret = str(params["client_secret"])
    if secret.startswith("$ANSIBLE_VAULT;"):
        raise ConfigurationError(
            "client_secret is still encrypted with Ansible Vault: mark it with !vault, or load its file as variables."
        )
    if secret != secret.strip():
        raise ConfigurationError(
            "client_secret begins or ends with a blank or a line break: remove it, in a template with the filter trim."
        )
    return ClientSecret(tenant, client, secret)


def variables(params: Mapping[str, Any]) -> list[str]:
    """Return the environment variables that options for the login have their values from, as far as values show it."""
    found = {
        option: next((name for name in names if name in os.environ), None)
        for option, names in VARIABLES.items()
        if params.get(option)
    }
    return [name for option, name in found.items() if name and os.environ[name] == params[option]]


def _required(params: Mapping[str, Any], option: str, variable: str, what: str) -> str:
    value = str(params.get(option) or "").strip()
    if not value:
        raise ConfigurationError(f"{option} is missing: set it, or the environment variable {variable}, to {what}.")
    return value


def _tenant(params: Mapping[str, Any]) -> str:
    tenant = _required(params, "tenant_id", "AZURE_TENANT_ID", "the tenant's id or one of its domain names")
    if tenant.lower() in _NO_TENANT:
        raise ConfigurationError(
            f"tenant_id '{tenant}' is no tenant: a task logs in to one tenant, so give its id or domain name."
        )
    if not _TENANT.fullmatch(tenant):
        raise ConfigurationError(f"tenant_id '{tenant}' is neither a tenant's id nor a domain name.")
    return tenant


def _scope(name: str) -> str:
    if not _SCOPE.fullmatch(name):
        raise ConfigurationError(f"device_code_scopes: '{name}' is not a permission such as Application.ReadWrite.All.")
    return name


def _access_token(declared: str) -> str:
    token = declared.strip()
    if token.lower().startswith("bearer "):
        token = token[len("bearer ") :].strip()
    # Refused here, because requests quotes a bad header in its error.
    if not _is_token(token):
        raise ConfigurationError(
            "access_token is not a token: it has spaces, line breaks or other characters that a token cannot have."
        )
    return token


def _is_token(text: str) -> bool:
    return bool(text) and all("!" <= character <= "~" for character in text)


def _read_file(option: str, path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigurationError(
            f"{option} '{os.path.abspath(path)}' cannot be read: {error.strerror or error}."
        ) from None
    if len(content) > _LARGEST_FILE:
        raise ConfigurationError(f"{option} '{os.path.abspath(path)}' is larger than 1 MB; it is not what is needed.")
    return content


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
