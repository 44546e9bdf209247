# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What logins are sent by. MSAL is given these clients: our retries, timeouts, CA, and no redirects."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from ..addresses import host
from ..answer import Answer, lower_names, read
from ..bounds import Bounds
from ..errors import AuthenticationError, ConnectionFailed, UntrustedHost
from ..no_answer import NoAnswer, explain
from ..redact import Redactor
from ..retry import RetryPolicy, TryAgain, Verdict, again_after, judge, retry_after, unanswered
from ..transport import Http, chunks, deadline, import_requests, within

Result = TypeVar("Result")

# The metadata service of a virtual machine answers 404 while it is updated and 410 while it moves, for 70 s
# [graph facts: managed identity].
_METADATA_AGAIN = frozenset((404, 410))
_METADATA_TRIES = 5
_METADATA_MOVE = 70.0  # seconds


def answer_of_login(
    http: Http, redactor: Redactor, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> tuple[Answer, bytes]:
    """The answer of a login service, and its content as it came. Raises TryAgain when another attempt may follow."""
    try:
        status, names, content = http.raw(method, url, headers, body, None)
    except NoAnswer as failure:
        error = ConnectionFailed(f"Login at {host(url)} got no answer: {redactor.text(failure.reason)}.")
        raise unanswered(error, failure.tries) from None
    answer = read(status, names, content)
    if judge(status) is Verdict.AGAIN:
        raise again_after(answer, ConnectionFailed(f"The login service {host(url)} is not available (HTTP {status})."))
    return answer, content


class LoginResponse:
    """The shape of response that MSAL wants."""

    def __init__(self, answer: Answer, text: str) -> None:
        self.status_code = answer.status
        self.headers = dict(answer.headers)
        self.text = text

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise AuthenticationError(f"The login service answered with HTTP {self.status_code}.")


class LoginHttp:
    """For Entra. A token request changes nothing, so every request is repeatable. `last` is the latest answer."""

    def __init__(self, http: Http, policy: RetryPolicy, redactor: Redactor) -> None:
        self._http = http
        self._policy = policy
        self._redactor = redactor
        self.last: Answer | None = None

    def get(
        self, url: str, params: dict[str, str] | None = None, headers: dict[str, str] | None = None, **_ignored: Any
    ) -> LoginResponse:
        return self._send("GET", url, params, None, headers)

    def post(
        self,
        url: str,
        params: dict[str, str] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        **_ignored: Any,
    ) -> LoginResponse:
        for secret in ("client_secret", "client_assertion", "device_code", "refresh_token"):
            value = (data or {}).get(secret)
            self._redactor.add(value.decode("ascii", "replace") if isinstance(value, bytes) else value)
        body = urlencode({name: value for name, value in (data or {}).items() if value is not None}).encode("ascii")
        return self._send(
            "POST", url, params, body, {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        )

    def close(self) -> None:
        self._http.close()

    def _send(
        self, method: str, url: str, params: dict[str, str] | None, body: bytes | None, headers: dict[str, str] | None
    ) -> LoginResponse:
        if urlsplit(url).scheme != "https":
            raise UntrustedHost(
                f"The login service names {host(url)} without https: no credential is sent there; check authority_host."
            )
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params)

        def attempt() -> LoginResponse:
            self.last, content = answer_of_login(self._http, self._redactor, method, url, headers or {}, body)
            return LoginResponse(self.last, content.decode("utf-8", "replace"))

        return self._policy.run(attempt)


class ManagedIdentityHttp:
    """For the identity endpoint of the machine, without a proxy. MSAL wants a real session of requests; where it sends
    by another one (Service Fabric), that has the settings and hooks of this one.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._requests = import_requests()
        self._seconds = deadline(bounds.timeout)
        self._limit = bounds.limit
        self._policy = bounds.policy
        self.session: Any = self._requests.Session()
        self.session.trust_env = False
        self.session.stream = True
        self.session.hooks["response"].append(self._usable)
        self.session.request = partial(self.session.request, timeout=bounds.timeout)

    def run(self, log_in: Callable[[], Result]) -> Result:
        """What a login by the session returns."""
        return self._policy.run(lambda: self._attempt(log_in))

    def _attempt(self, log_in: Callable[[], Result]) -> Result:
        try:
            return within(self._seconds, "it", log_in, lambda: None)
        except NoAnswer as failure:
            late = ConnectionFailed(f"The managed identity endpoint got no answer: {failure.reason}.")
            raise (late if failure.tries == 1 else TryAgain(late, tries=2)) from None
        except self._requests.exceptions.RequestException as error:
            reason = explain(error, host(error.request.url) if error.request else "it", self._requests).reason
            raise TryAgain(
                ConnectionFailed(
                    f"The managed identity endpoint got no answer: {reason}. managed_identity works on "
                    "Azure machines and services that have an identity assigned."
                ),
                tries=2,
            ) from None

    def _usable(self, response: Any, **_options: Any) -> Any:
        """The response with a body that was read within its bound, and with nothing to follow."""
        with response:
            content = b"".join(chunks(response, self._limit))
        status = response.status_code
        if status in _METADATA_AGAIN or judge(status) is Verdict.AGAIN:
            raise TryAgain(
                AuthenticationError(f"The managed identity endpoint is not ready (HTTP {status})."),
                wait=_METADATA_MOVE if status == 410 else retry_after(lower_names(response.headers), time.time()),
                tries=_METADATA_TRIES,
            )
        whole = self._requests.Response()
        whole.status_code, whole.url, whole.encoding = status, response.url, "utf-8"
        whole.raw = BytesIO(content)
        whole.headers.update(response.headers)
        whole.headers.pop("Location", None)
        return whole
