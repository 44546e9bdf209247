# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logging in at the Infinity Portal, whose gateways are also where Harmony Mobile's API is."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._graph._auth.login_http import answer_of_login
from .._graph.addresses import host
from .._graph.answer import Answer
from .._graph.clouds import https_url
from .._graph.errors import AuthenticationError, ConfigurationError
from .._graph.redact import Redactor
from .._graph.retry import BAD_ANSWER_TRIES, RetryPolicy, TryAgain, timestamp
from .._graph.transport import Http
from .errors import LONGEST_TEXT, words

# Gateways that sources agree on; for another region, the user gives the key's own address [harmony facts: regions].
REGIONS = {
    "eu": "https://cloudinfra-gw.portal.checkpoint.com",
    "us": "https://cloudinfra-gw-us.portal.checkpoint.com",
    "au": "https://cloudinfra-gw.ap.portal.checkpoint.com",
    "in": "https://cloudinfra-gw.in.portal.checkpoint.com",
    "ca": "https://cloudinfra-gw.ca.portal.checkpoint.com",
}
LOGIN_PATH = "/auth/external"
VARIABLES = {
    "harmony_url": "HARMONY_URL",
    "harmony_client_id": "HARMONY_CLIENT_ID",
    "harmony_access_key": "HARMONY_ACCESS_KEY",
}
# Seconds for which a token is used whose lifetime the answer does not show.
_UNKNOWN_LIFETIME = 600.0


@dataclass(frozen=True)
class ApiKey:
    gateway: str
    client_id: str
    access_key: str = field(repr=False)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ApiKey:
        """Raises ConfigurationError."""
        for option in ("harmony_client_id", "harmony_access_key"):
            if not str(params.get(option) or "").strip():
                raise ConfigurationError(
                    f"{option} is missing: set it, or the environment variable {VARIABLES[option]}, to that of an API "
                    "key for the service Harmony Mobile. The Infinity Portal has these keys under Global Settings."
                )
        return cls(
            _gateway(params), str(params["harmony_client_id"]).strip(), str(params["harmony_access_key"]).strip()
        )

    @property
    def cache_key(self) -> str:
        """Names the file with its token: another key or gateway is another login."""
        parts = ("harmony", self.gateway, self.client_id, hashlib.sha256(self.access_key.encode()).hexdigest())
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _gateway(params: Mapping[str, Any]) -> str:
    url = str(params.get("harmony_url") or "").strip()
    if not url:
        return REGIONS[str(params.get("harmony_region") or "eu")]
    # The portal shows the address of the login, which ends so [harmony facts: login].
    return https_url("harmony_url", url.rstrip("/").removesuffix(LOGIN_PATH))


class Login:
    """Logs one API key in."""

    def __init__(self, key: ApiKey, http: Http, policy: RetryPolicy, redactor: Redactor) -> None:
        self._key = key
        self._http = http
        self._policy = policy
        self._redactor = redactor

    def __call__(self, claims: str | None = None) -> str:
        """Log in, and return the token in the form of MSAL's cache, which the cache of tokens reads."""
        answer = self._policy.run(self._attempt)
        body = answer.body if isinstance(answer.body, dict) and 200 <= answer.status < 300 else {}
        data = body.get("data") if body.get("success") is not False else None
        data = data if isinstance(data, dict) else {}
        token = data.get("token")
        if not isinstance(token, str) or not token or not all("!" <= character <= "~" for character in token):
            raise self._refused(answer)
        self._redactor.add(token)
        entry = {"secret": token, "target": self._key.gateway, "expires_on": str(_expiry(data, time.time()))}
        return json.dumps({"AccessToken": {"harmony": entry}})

    def _attempt(self) -> Answer:
        url = self._key.gateway + LOGIN_PATH
        body = json.dumps({"clientId": self._key.client_id, "accessKey": self._key.access_key}).encode()
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        answer, _content = answer_of_login(self._http, self._redactor, "POST", url, headers, body)
        if answer.status < 400 and not isinstance(answer.body, dict):
            raise TryAgain(
                AuthenticationError(
                    f"{host(url)} does not answer as the Infinity Portal does (HTTP {answer.status}). Check "
                    "harmony_url, and whether a proxy or login page is in between."
                ),
                tries=BAD_ANSWER_TRIES,
            )
        return answer

    def _refused(self, answer: Answer) -> AuthenticationError:
        text = self._redactor.text(words(answer), LONGEST_TEXT).rstrip(".")
        return AuthenticationError(
            f"The Infinity Portal refused the login of the API key {self._redactor.text(self._key.client_id)} at "
            f"{host(self._key.gateway)}: {text} (HTTP {answer.status}). Check harmony_client_id and "
            "harmony_access_key, whether the key has expired, and whether harmony_region or harmony_url is where the "
            "key was created."
        )


def _expiry(data: Mapping[str, Any], now: float) -> float:
    """When the token expires, in seconds since the epoch."""
    seconds = data.get("expiresIn")
    if isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and seconds > 0:
        return now + float(seconds)
    return timestamp(str(data.get("expires"))) or now + _UNKNOWN_LIFETIME
