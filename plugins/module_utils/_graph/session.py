# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session with Microsoft Graph: one login, one host, keep-alive, retries, paging and batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

from . import advice, clouds
from ._auth import credentials, tokens
from ._auth.claims import claims_of
from ._auth.prompt import AS_A_MODULE, Prompt
from .addresses import host, origin
from .batch import Batches
from .bounds import Bounds
from .call import Call
from .errors import ConnectionFailed, GraphError, UntrustedHost
from .lists import Lists
from .no_answer import NoAnswer
from .retry import SERVER_ERROR_TRIES, THROTTLED, TryAgain, is_outcome_unknown, unanswered
from .transport import deadline


class GraphSession(Lists, Batches):
    """Requests to Graph for one set of credentials. Every method raises IntuneError and its subclasses only.

    Threads may share a session; each has a connection of its own, and all wait when one is throttled.

    `path` has no version and no leading slash, and its values are already encoded by odata.segment.
    `permission_hint(method, path, is_user)` may name the permissions that suffice; its words are added to a 403.
    `progress(text)` is called by what reads much, with how far it is.
    """

    @classmethod
    def from_params(
        cls, params: Mapping[str, Any], secrets: Iterable[str] = (), prompt: Prompt = AS_A_MODULE
    ) -> GraphSession:
        """A session from the options that all modules share. Logs in only when the first request is sent."""
        cloud = clouds.cloud(params.get("cloud"), params.get("graph_url"), params.get("authority_host"))
        credential = credentials.from_params(params, prompt)
        bounds = Bounds.from_params(params)
        provider = tokens.provider(cloud, credential, str(params.get("token_cache") or "auto"), bounds)
        session = cls(cloud, provider, bounds, [*credential.secrets(), *secrets])
        session.variables = credentials.variables(params)
        return session

    def get(
        self,
        path: str,
        version: str = "beta",
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """One object."""
        url = self._url(version, path, params)
        call = Call("GET", url, path, headers=headers or {}, flaw=self.shapes.single)
        return dict(self._answer_to(call).body)

    def post(
        self,
        path: str,
        json: object = None,
        version: str = "beta",
        repeatable: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any] | None:
        """The created object or an action's result. Unless repeatable, an unknown outcome is a LostAnswer."""
        return self._write("POST", path, version, json, headers, repeatable)

    def patch(
        self, path: str, json: object, version: str = "beta", headers: Mapping[str, str] | None = None
    ) -> dict[str, Any] | None:
        """The changed object where Graph returns it, else None (204)."""
        return self._write("PATCH", path, version, json, headers)

    def delete(self, path: str, version: str = "beta") -> None:
        """Delete one object. That it is gone already is NotFound, unless an earlier attempt of this call may have done
        it.
        """
        self._write("DELETE", path, version)

    def download(self, url: str, file: BinaryIO) -> None:
        """Write the file at an address that Graph gave, such as a report's, to `file`. It may be at any host: no token
        is sent.
        """
        if origin(url) is None:
            raise UntrustedHost("Microsoft Graph gave an address for a download that is not https; it is not fetched.")
        at = host(url)
        seconds = max(deadline(self.bounds.timeout), self._policy.total)

        def attempt() -> None:
            file.seek(0)
            file.truncate()
            try:
                status = self._http.download(url, file, seconds)
            except NoAnswer as failure:
                reason = self.redactor.text(failure.reason)
                failed = ConnectionFailed(f"The download from {at} failed: {reason}.")
                raise unanswered(failed, failure.tries) from None
            if status != 200:
                # Its query holds a signature that opens the file to everybody, so the address is not shown.
                error = GraphError(
                    f"{at} refused the download of a file of Microsoft Graph (HTTP {status}). Its address may have "
                    "expired, or a proxy or firewall does not allow this host. Run again.",
                    status=status,
                    method="GET",
                )
                may_succeed = is_outcome_unknown(status) or status in THROTTLED
                raise TryAgain(error, tries=SERVER_ERROR_TRIES) if may_succeed else error

        self._policy.run(attempt)

    def abandoned(self) -> AbstractContextManager[None]:
        """A context in which no thread waits to repeat a request: its answer is not needed any more."""
        return self._policy.abandoned()

    def token_claims(self, renewed: bool = False) -> dict[str, Any]:
        """The claims of the access token, such as roles, appid and tid; nothing for a token that cannot be read.

        A cached token does not know what was granted since; renewed logs in once more, where that is possible.
        """
        token = self._tokens.token()
        self.redactor.add(token)
        if renewed and self._tokens.renew():
            token = self._tokens.token()
            self.redactor.add(token)
        return claims_of(token)

    @property
    def login(self) -> str:
        """A sentence that names who is logged in, for a refusal that needs no request."""
        return advice.refused(self.token_claims(), self.variables)

    def close(self) -> None:
        self._http.close()

    def _write(
        self,
        method: str,
        path: str,
        version: str,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> dict[str, Any] | None:
        url = self._url(version, path)
        call = Call(method, url, path, json, headers or {}, repeatable, flaw=self.shapes.written)
        body: dict[str, Any] | None = self._answer_to(call).body
        return body
