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
from .login_http import LoginHttp, ManagedIdentityHttp
from .prompt import Prompt

# From this version on MSAL takes a PEM certificate without a SHA-1 thumbprint.
_MSAL_FOR_CERTIFICATES = (1, 35)

# What an AADSTS code asks the user to do: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_ADVICE = {
    7000215: "client_secret is wrong: give the secret's value, not its id.",
    70002: "client_secret is wrong: give the secret's value, not its id.",
    7000222: "client_secret has expired: create a new one in the application's registration, or use a certificate.",
    7000218: "the request had no credential: set client_secret, certificate_path or federated_token_file.",
    700016: (
        "the application is not known in this tenant: check client_id, tenant_id and cloud, and that an "
        "admin has consented to it."
    ),
    700011: "the application is not known in this tenant: check client_id, tenant_id and cloud.",
    7000229: (
        "the application has no service principal in this tenant: an admin of the tenant must consent to it first."
    ),
    7000112: "the application is disabled: enable it under the tenant's enterprise applications.",
    70001: "the application is disabled or not known in this tenant: check client_id.",
    90002: "the tenant does not exist: check tenant_id and cloud.",
    900023: "the tenant does not exist: check tenant_id and cloud.",
    90038: "the tenant is in another national cloud: set cloud accordingly.",
    900382: "the tenant is in another national cloud: set cloud accordingly.",
    900432: "the tenant is in another national cloud: set cloud accordingly.",
    700027: (
        "the certificate is not registered with the application, or has expired: upload it to the "
        "application's registration."
    ),
    700030: "the certificate's subject name is not authorized for the application.",
    50012: "the certificate is not valid for the application: check that it is registered there and has not expired.",
    700024: (
        "the assertion is not within its time of validity: check this machine's clock, and that "
        "federated_token_file is kept fresh."
    ),
    70021: (
        "no federated credential of the application matches the token in federated_token_file: compare "
        "issuer, subject and audience."
    ),
    700211: "no federated credential of the application has the issuer of the token in federated_token_file.",
    700212: "no federated credential of the application has the audience of the token in federated_token_file.",
    700213: "no federated credential of the application has the subject of the token in federated_token_file.",
    500011: "Microsoft Graph is not known to this tenant under this address: check cloud and graph_url.",
    70011: "the scope is not valid: check cloud and graph_url.",
    53003: "a Conditional Access policy of the tenant blocks the login: see its workload identity policies.",
    530032: "a security policy of the tenant blocks the login.",
    50002: "the network's tenant restriction forbids this tenant.",
    500021: "the network's tenant restriction forbids this tenant.",
    500022: "the network's tenant restriction forbids this tenant.",
    50001: "Microsoft Graph is disabled in this tenant, or not known under this address: check cloud and graph_url.",
    50013: "the token in federated_token_file is not valid: check that it is fresh and meant for this login.",
    50027: "the token in federated_token_file is not valid: check that it is fresh and meant for this login.",
    700025: "the application is a public client, which takes no secret and no certificate: use another registration.",
    7000216: "the request had no credential: set client_secret, certificate_path or federated_token_file.",
    1002016: "this machine offers an outdated version of TLS: update Python's OpenSSL, or the proxy in between.",
    **dict.fromkeys(
        (50059, 50128, 50194, 9001023, 90013, 9002313),
        "tenant_id or client_id cannot be used: give the tenant's id or domain (not common or organizations), and the "
        "application's id.",
    ),
    **dict.fromkeys(
        (50049, 90051), "the login service does not know this cloud: check cloud and authority_host, or leave both out."
    ),
    **dict.fromkeys(
        (50196, 90055), "there were too many logins in a short time: keep token_cache at auto, and run the task later."
    ),
    **dict.fromkeys(
        (50000, 50033, 90006, 90012, 90024, 90033, 90090),
        "Microsoft Entra has a temporary fault. Run the task again.",
    ),
    # Besides users, Conditional Access judges workload identities:
    # https://learn.microsoft.com/entra/identity/conditional-access/workload-identity
    **dict.fromkeys(
        (50131, 53011, 530031, 530033, 530034),
        "a Conditional Access policy of the tenant, or its risk detection, blocks this login: see the sign-in logs.",
    ),
}
# The same for the login of a user: by AADSTS code, or by OAuth's word for it (RFC 8628, section 3.5).
_USER_ADVICE: dict[int | str, str] = {
    7000218: (
        "the application allows no login of users: set 'Allow public client flows' under Authentication of its "
        "registration."
    ),
    65001: "nobody has consented to the application's delegated permissions: grant them with admin consent.",
    65004: "the user did not consent to the application's permissions.",
    90094: "the application's permissions need the consent of an administrator.",
    65002: "this application of Microsoft's has no permission for Intune: use an application of your own.",
    90095: "the application's permissions need the consent of an administrator.",
    50105: "the user is not assigned to the application.",
    **dict.fromkeys(
        (16000, 50014, 50020, 50034, 90072),
        "the user does not exist in this tenant: check tenant_id, and log in with an account of the tenant.",
    ),
    **dict.fromkeys((50055, 50144), "the user's password has expired: change it, and log in again."),
    **dict.fromkeys((50056, 50064, 50126), "the user name or the password is wrong."),
    50053: "the user is locked after too many logins: wait, or have an administrator unblock the user.",
    50057: "the user is disabled: an administrator can enable the account.",
    **dict.fromkeys(
        (50072, 50074, 50076, 50078, 50079, 50158),
        "the tenant requires multifactor authentication, which was not completed. Run the task again, and complete it "
        "in the browser; an application's login needs none.",
    ),
    **dict.fromkeys(
        (50097, 50129, 50187, 53000, 53001, 53002),
        "a Conditional Access policy of the tenant requires a managed device or an approved app, which a login by code "
        "cannot prove: log in as an application.",
    ),
    **dict.fromkeys(
        (50089, 50132, 50133, 50173, 70008, 70043, 700082),
        "the login has expired or was revoked. Run the task again, and log in anew.",
    ),
    **dict.fromkeys((500212, 500213), "a cross-tenant access policy forbids this user to log in to this tenant."),
    **dict.fromkeys(
        (650056, 650057),
        "the application's registration does not name the permission: add it as delegated permission, with admin "
        "consent.",
    ),
    "authorization_declined": "the user declined the login.",
    "authorization_pending": "nobody entered the code in time. Run the task again.",
    "expired_token": "nobody entered the code in time. Run the task again.",
    "code_expired": "nobody entered the code in time. Run the task again.",
}
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

        self._at_entra(credential, log_in, _ADVICE, f"application {credential.client_id}")

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

        self._at_entra(credential, log_in, {**_ADVICE, **_USER_ADVICE}, f"a user of application {credential.client_id}")

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
