# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logs in with MSAL, and advises what to do when that is refused. MSAL is imported here only, and only for a login."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from ..answer import Answer
from ..bounds import Bounds
from ..clouds import Cloud
from ..errors import AuthenticationError, ConfigurationError, IntuneError
from ..redact import Redactor, libraries_unlogged
from ..transport import import_requests, missing_library
from .credentials import ApplicationCredential, Certificate, DeviceCode, ManagedIdentity, target
from .login_advice import ADVICE, USER_ADVICE
from .login_http import LoginHttp, ManagedIdentityHttp
from .prompt import Prompt

# From this version on MSAL takes a PEM certificate without a SHA-1 thumbprint.
_MSAL_FOR_CERTIFICATES = (1, 35)

_LONGEST_INTERVAL = 60  # seconds
_AADSTS = re.compile(r"AADSTS(\d+)")
_AFTER_DESCRIPTION = re.compile(r"\s*(?:Trace ID|Correlation ID|Timestamp)\s*:.*", re.DOTALL)


class Login:
    """Logs one credential in to one cloud."""

    def __init__(
        self, cloud: Cloud, credential: ApplicationCredential | ManagedIdentity | DeviceCode, bounds: Bounds
    ) -> None:
        self._cloud = cloud
        self._credential = credential
        self._bounds = bounds
        self._redactor = Redactor(credential.secrets())

    def __call__(self, claims: str | None = None, kept: str | None = None) -> str:
        """Log in, and return MSAL's serialized cache with the new token.

        `claims` is a challenge to meet, as JSON. `kept` is an earlier cache, which may renew the login of a user.
        """
        import_requests()
        try:
            import msal
        except ImportError:
            raise missing_library("msal") from None
        cache = msal.SerializableTokenCache()
        with libraries_unlogged():
            if isinstance(self._credential, ManagedIdentity):
                self._as_machine(msal, cache, self._credential, claims)
            elif isinstance(self._credential, DeviceCode):
                if kept:
                    cache.deserialize(_without_access_tokens(kept))
                else:
                    _check_seen(self._credential.prompt)
                self._as_user(msal, cache, self._credential, claims)
            else:
                self._as_application(msal, cache, self._credential, claims)
        return str(cache.serialize())

    def _as_application(
        self, msal: ModuleType, cache: Any, credential: ApplicationCredential, claims: str | None
    ) -> None:
        if isinstance(credential, Certificate):
            _check_version(msal)
        secret = credential.for_msal()

        def log_in(**options: Any) -> Any:
            application = msal.ConfidentialClientApplication(
                credential.client_id, client_credential=secret, token_cache=cache, **options
            )
            return application.acquire_token_for_client([self._cloud.scope], claims_challenge=claims)

        self._at_entra(credential, log_in, ADVICE, f"application {credential.client_id}")

    def _as_user(self, msal: ModuleType, cache: Any, credential: DeviceCode, claims: str | None) -> None:
        scopes = [f"{self._cloud.graph_url}/{scope}" for scope in credential.scopes] or [self._cloud.scope]

        def log_in(**options: Any) -> Any:
            application = msal.PublicClientApplication(credential.client_id, token_cache=cache, **options)
            for account in application.get_accounts():
                result = application.acquire_token_silent_with_error(
                    scopes, account, force_refresh=True, claims_challenge=claims
                )
                if result and "access_token" in result:
                    return result
            return self._by_device_code(application, scopes, credential, claims)

        self._at_entra(credential, log_in, {**ADVICE, **USER_ADVICE}, f"a user of application {credential.client_id}")

    def _by_device_code(self, application: Any, scopes: list[str], credential: DeviceCode, claims: str | None) -> Any:
        _check_seen(credential.prompt)
        flow = application.initiate_device_flow(scopes, claims_challenge=claims)
        if "user_code" not in flow:
            return flow
        address = str(flow.get("verification_uri"))
        if urlsplit(address).scheme != "https":
            raise AuthenticationError("The login service names an address for the login that is not https.")
        # Without these bounds, MSAL would ask as often and as long as the answer says.
        flow["interval"] = min(max(flow["interval"], 1), _LONGEST_INTERVAL)
        flow["expires_at"] = min(flow["expires_at"], time.time() + self._bounds.policy.whole)
        credential.prompt.show(
            f"To log in to tenant {credential.tenant_id} with application {credential.client_id}, open {address} in a "
            f"browser and enter the code {flow['user_code']} within {flow['expires_in'] // 60} minutes."
        )
        return application.acquire_token_by_device_flow(flow, claims_challenge=claims)

    def _at_entra(
        self,
        credential: ApplicationCredential | DeviceCode,
        log_in: Callable[..., Any],
        advice: Mapping[Any, str],
        who: str,
    ) -> None:
        http = LoginHttp(self._bounds.http(), self._bounds.policy, self._redactor)
        try:
            result = log_in(
                authority=f"{self._cloud.authority_host}/{credential.tenant_id}",
                instance_discovery=False,
                http_client=http,
            )
        except IntuneError:
            raise
        except Exception as error:
            raise self._failed(error, credential, http.last) from None
        finally:
            http.close()
        if not isinstance(result, dict) or not result.get("access_token"):
            raise self._refused(result or {}, f"{who} in tenant {credential.tenant_id}", advice)

    def _as_machine(self, msal: ModuleType, cache: Any, credential: ManagedIdentity, claims: str | None) -> None:
        chosen = credential.client_id
        identity = (
            msal.UserAssignedManagedIdentity(client_id=chosen) if chosen else msal.SystemAssignedManagedIdentity()
        )
        http = ManagedIdentityHttp(self._bounds)
        name = f"the user-assigned managed identity {chosen}" if chosen else "the system-assigned managed identity"
        try:
            client = msal.ManagedIdentityClient(identity, http_client=http.session, token_cache=cache)
            result = http.run(
                lambda: client.acquire_token_for_client(
                    resource=target(self._cloud, credential), claims_challenge=claims
                )
            )
        except IntuneError:
            raise
        except Exception as error:
            raise AuthenticationError(
                f"Login as {name} failed: the identity endpoint gave no usable answer ({type(error).__name__})."
            ) from None
        finally:
            http.session.close()
        if not isinstance(result, dict) or not result.get("access_token"):
            description = self._description(result or {})
            raise AuthenticationError(
                f"Login as {name} was refused: {description or 'no reason given'}. Check that the identity is "
                "assigned to this machine" + ("" if chosen else "; for a user-assigned one set client_id") + "."
            )

    def _failed(
        self, error: Exception, credential: ApplicationCredential | DeviceCode, last: Answer | None
    ) -> IntuneError:
        """MSAL raised instead of returning a result: its look at the tenant failed, or the answer was not Entra's."""
        host = self._cloud.authority_host
        codes = _codes(last.body) if last is not None and isinstance(last.body, dict) else []
        unknown = next((code for code in codes if code in (90002, 900023)), None)
        if unknown or (
            last is not None
            and last.status in (400, 404)
            and isinstance(last.body, dict)
            and last.body.get("error") == "invalid_tenant"
        ):
            return AuthenticationError(
                f"The tenant '{credential.tenant_id}' does not exist in the cloud '{self._cloud.name}' ({host}): "
                "check tenant_id and cloud.",
                unknown,
            )
        if last is not None:
            return AuthenticationError(
                f"{host} does not answer as Microsoft Entra does (HTTP {last.status}, while logging in to tenant "
                f"'{credential.tenant_id}'): check authority_host, and whether a proxy or login page is in between."
            )
        return AuthenticationError(
            f"Login of application {credential.client_id} failed ({type(error).__name__}): check the credential."
        )

    def _refused(self, result: Mapping[str, Any], who: str, advices: Mapping[Any, str]) -> AuthenticationError:
        code = next(iter(_codes(result)), None)
        trace, correlation = self._redactor.id(result.get("trace_id")), self._redactor.id(result.get("correlation_id"))
        reasons = [*_codes(result), str(result.get("error"))]
        advice = next((advices[reason] for reason in reasons if reason in advices), "")
        if not advice:
            advice = (self._description(result) or f"{result.get('error') or 'no reason given'}") + "."
            if code:
                advice += f" See {self._cloud.authority_host}/error?code={code}."
        ids = [
            f"AADSTS{code}" if code else "",
            f"trace id {trace}" if trace else "",
            f"correlation id {correlation}" if correlation else "",
        ]
        shown = ", ".join(part for part in ids if part)
        message = f"Microsoft Entra refused the login of {who}: {advice}" + (f" ({shown})" if shown else "")
        return AuthenticationError(self._redactor.text(message), code, trace, correlation)

    def _description(self, result: Mapping[str, Any]) -> str:
        """The first words of error_description, without ids and without anything secret that it may echo."""
        words = _AFTER_DESCRIPTION.sub("", str(result.get("error_description") or ""))
        words = " ".join(self._redactor.text(_AADSTS.sub("", words)).split()).strip(" :.")
        return words[:200]


def _codes(result: Mapping[str, Any]) -> list[int]:
    found = result.get("error_codes")
    codes = [code for code in found if isinstance(code, int)] if isinstance(found, list) else []
    return codes or [int(code) for code in _AADSTS.findall(str(result.get("error_description") or ""))[:1]]


def _without_access_tokens(kept: str) -> str:
    """Return MSAL's serialized cache with what renews a login: a token with other scopes would stay beside the new."""
    try:
        found = json.loads(kept)
    except ValueError:
        found = None
    return json.dumps({**found, "AccessToken": {}} if isinstance(found, dict) else {})


def _check_seen(prompt: Prompt) -> None:
    if prompt.obstacle:
        raise ConfigurationError(f"device_code needs a person who logs in, and {prompt.obstacle}.")


def _check_version(msal: ModuleType) -> None:
    numbers = tuple(int(part) for part in re.findall(r"\d+", str(getattr(msal, "__version__", "")))[:2])
    if numbers < _MSAL_FOR_CERTIFICATES:
        needed = ".".join(str(number) for number in _MSAL_FOR_CERTIFICATES)
        raise ConfigurationError(
            f"certificate_path needs msal {needed} or newer, {getattr(msal, '__version__', 'an older one')} "
            "is installed."
        )
