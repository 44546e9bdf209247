# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins of the tenant's one administrator: the device code flow, refresh tokens, and tokens with scopes.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .messages import Json
from .settings import Settings

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
USER_ID = "3f6e1c52-9b8d-4a70-8e15-6d2c4b0a9f31"
# Applications of Microsoft, which each tenant knows, and the scopes that they hold there.
GRAPH_COMMAND_LINE = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
AZURE_CLI_SCOPES = (
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "AuditLog.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "Group.ReadWrite.All",
    "User.Read.All",
    "User.ReadWrite.All",
)
_LIFE = 900  # seconds


class Refused(Exception):
    """A token request that Entra refuses: HTTP status, OAuth error, AADSTS number and text."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error = error
        self.number = number
        self.text = text


@dataclass
class Code:
    """One login that was begun; answer is what the user did with it so far."""

    client_id: str
    user_code: str
    audience: str
    scopes: list[str]
    expires: float
    answer: str = "pending"


Sign = Callable[[dict[str, Any]], str]
Issue = Callable[[str, str, Sequence[str]], str]


class Users:
    """`consented` names the scopes of an application, None for one that the tenant does not know. `issue` makes the
    token of the administrator for an audience and an application, `sign` signs claims.
    """

    def __init__(self, settings: Settings, consented: Callable[[str], list[str] | None], issue: Issue, sign: Sign):
        self.settings = settings
        self.consented = consented
        self.codes: dict[str, Code] = {}
        self.refresh: dict[str, tuple[str, str]] = {}
        # What the user has consented to, for themselves.
        self.asked: dict[str, list[str]] = {}
        self._issue = issue
        self._sign = sign

    def begin(self, root: str, form: dict[str, str], audience: str, scopes: list[str]) -> Json:
        """Answer to a request for a device code; scopes are those to ask the user's consent for."""
        client_id = self._client(form)
        self._public(client_id)
        user_code = "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _position in range(9))
        device_code = secrets.token_urlsafe(48)
        expires = self.settings.clock.timestamp() + _LIFE
        self.codes[device_code] = Code(client_id, user_code, audience, scopes, expires)
        address = f"{root}/devicelogin"
        return {
            "user_code": user_code,
            "device_code": device_code,
            "verification_uri": address,
            "expires_in": _LIFE,
            "interval": self.settings.device_code_interval,
            "message": f"To sign in, use a web browser to open the page {address} and enter the code {user_code}.",
        }

    def answer(self, user_code: str, answer: str) -> None:
        """What the user does: "approve" or "decline"."""
        found = next((code for code in self.codes.values() if code.user_code == user_code), None)
        if found is None or answer not in ("approve", "decline"):
            raise ValueError(f"{user_code} is no code, or {answer} is no answer to it")
        found.answer = answer
        if answer == "approve":
            asked = self.asked.setdefault(found.client_id, [])
            asked += [scope for scope in found.scopes if scope not in asked]

    def token(self, root: str, form: dict[str, str]) -> Json:
        """Answer to a token request with a device code or a refresh token."""
        client_id = self._client(form)
        self._public(client_id)
        if form["grant_type"] == DEVICE_GRANT:
            audience = self._approved(client_id, form.get("device_code", ""))
        else:
            kept = self.refresh.pop(form.get("refresh_token", ""), None)
            if kept is None or kept[0] != client_id:
                raise Refused(400, "invalid_grant", 70000, "The provided grant has expired or was revoked.")
            audience = kept[1]
        scopes = list(dict.fromkeys([*(self.consented(client_id) or ()), *self.asked.get(client_id, ())]))
        if not scopes:
            raise Refused(
                400,
                "invalid_grant",
                65001,
                f"The user or administrator has not consented to use the application with ID '{client_id}'.",
            )
        renewal = secrets.token_urlsafe(48)
        self.refresh[renewal] = (client_id, audience)
        return {
            "token_type": "Bearer",
            # What was asked for is not repeated, but what was granted.
            "scope": " ".join(f"{audience}/{scope}" for scope in scopes),
            "expires_in": self.settings.token_lifetime_s,
            "ext_expires_in": self.settings.token_lifetime_s,
            "access_token": self._issue(audience, client_id, scopes),
            "refresh_token": renewal,
            "id_token": self._id_token(root, client_id),
            "client_info": _base64url({"uid": USER_ID, "utid": self.settings.tenant_id}),
        }

    def _client(self, form: dict[str, str]) -> str:
        client_id = form.get("client_id", "").lower()
        if self.consented(client_id) is None:
            raise Refused(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{client_id[:64]}' was not found in the directory 'Contoso Example'.",
            )
        return client_id

    def _public(self, client_id: str) -> None:
        if client_id not in (GRAPH_COMMAND_LINE, AZURE_CLI, *self.settings.public_clients):
            raise Refused(
                401,
                "invalid_client",
                7000218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            )

    def _approved(self, client_id: str, device_code: str) -> str:
        """The audience of a login that the user has finished."""
        code = self.codes.get(device_code)
        if code is None or code.client_id != client_id:
            raise Refused(400, "bad_verification_code", 70018, "Bad verification code received from the user.")
        if code.expires <= self.settings.clock.timestamp():
            raise Refused(400, "expired_token", 70020, "The provided value for the input parameter has expired.")
        if code.answer == "decline":
            raise Refused(400, "authorization_declined", 70019, "The user declined the authorization.")
        if code.answer == "pending":
            raise Refused(400, "authorization_pending", 70016, "The user has not entered the code yet.")
        del self.codes[device_code]
        return code.audience

    def _id_token(self, root: str, client_id: str) -> str:
        now = int(self.settings.clock.timestamp())
        return self._sign(
            {
                "aud": client_id,
                "iss": f"{root}/{self.settings.tenant_id}/v2.0",
                "iat": now,
                "nbf": now,
                "exp": now + self.settings.token_lifetime_s,
                "oid": USER_ID,
                "sub": USER_ID,
                "tid": self.settings.tenant_id,
                "preferred_username": user_name(self.settings),
                "ver": "2.0",
            }
        )


def user_name(settings: Settings) -> str:
    return f"admin@{settings.tenant_domain}"


def _base64url(values: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
