# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request to Graph: the token, redirects, what its answer means, and when it is sent again."""

from __future__ import annotations

import base64
import binascii
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from . import advice, odata
from ._auth.claims import claims_of
from .addresses import host, is_same, origin, segments
from .advice import PermissionHint, TokenAdvice
from .answer import Answer
from .bounds import Bounds
from .call import Call
from .clouds import Cloud
from .errors import (
    AuthenticationError,
    BadAnswer,
    ConnectionFailed,
    GraphError,
    IntuneError,
    LostAnswer,
    UntrustedHost,
    bad_answer,
    code_and_message,
    graph_error,
)
from .no_answer import NoAnswer
from .redact import Redactor
from .retry import (
    BAD_ANSWER_TRIES,
    TryAgain,
    Verdict,
    again_after,
    is_outcome_unknown,
    judge,
    timestamp,
    unanswered,
)
from .shapes import Shapes, another

# Without it, Graph shows newer members of an enum as unknownFutureValue [graph facts: requests].
WHOLE_ENUMS = {"Prefer": "include-unknown-enum-members"}
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS = 3
_CLAIMS = re.compile(r'\bclaims="([^"]+)"')


class Tokens(TokenAdvice, Protocol):
    """What a session needs of a token provider."""

    def token(self) -> str:
        """A valid access token."""

    def renew(self, claims: str | None = None, refused: str | None = None) -> bool:
        """Replace a token, the current one if refused is not given; False when there is no way to get another."""

    def renew_cached(self, refused: str) -> bool:
        """Replace a token that was refused if it is an old one: it does not know what was granted since."""


class Exchange:
    """Sends requests, each until it has an answer that can be used."""

    def __init__(
        self,
        cloud: Cloud,
        token_provider: Tokens,
        bounds: Bounds | None = None,
        secrets: Iterable[str | None] = (),
    ) -> None:
        self.cloud = cloud
        self.bounds = bounds or Bounds()
        self.redactor = Redactor(secrets)
        self.progress: Callable[[str], object] = lambda text: None
        self.requests_sent = 0
        self.permission_hint: PermissionHint | None = None
        self.variables: Sequence[str] = ()  # those of the environment that gave the login
        self.shapes = Shapes()
        self._lock = threading.Lock()
        self._tokens = token_provider
        self._policy = self.bounds.policy
        self._http = self.bounds.http()
        self._date = ""
        # Whether the answer to a create was lost.
        self._is_lossy = False

    def now(self) -> datetime:
        """Return the time by the clock of the server, as its last answer shows it; else by that of this machine."""
        seconds = timestamp(self._date)
        return datetime.fromtimestamp(time.time() if seconds is None else seconds, timezone.utc)

    def _answer_to(self, call: Call) -> Answer:
        return self._policy.run(lambda: self._attempt(call))

    def _url(self, version: str, path: str, params: Mapping[str, str] | None = None) -> str:
        url = f"{self.cloud.graph_url}/{version}/{path}"
        return f"{url}{'&' if '?' in path else '?'}{odata.query(params)}" if params else url

    def _attempt(self, call: Call) -> Answer:
        """One try. Raises TryAgain when another may follow."""
        if self._is_lossy and not call.repeatable:
            self._http.reconnect()  # something between here and Graph may close each connection that it has kept
        try:
            answer = self._authorized(call)
        except NoAnswer as failure:
            raise self._no_answer(call, failure) from None
        if call.method == "DELETE" and call.maybe_done and answer.status == 404:
            return Answer(204)
        problem = self._problem(call, answer)
        if problem is None:
            return answer
        if answer.status == 503:
            self._http.reconnect()  # Graph asks for a new connection after a 503 [graph facts: requests]
        raise problem

    def _problem(self, call: Call, answer: Answer) -> IntuneError | TryAgain | None:
        """What an answer is instead of a result: an error, or a reason to send the request again."""
        code, message = code_and_message(answer) if answer.status >= 400 else ("", "")
        verdict = judge(answer.status, code, message, call.repeatable)
        if verdict is Verdict.DONE:
            wrong = self._flaw(call, answer)
            if wrong:
                return self._unusable(call, answer, wrong)
            return None
        error = self._error(call, answer, message)
        if verdict is Verdict.LOST:
            # Whoever looks whether it was done has to wait like everybody else.
            self._policy.pause(again_after(answer, error, message))
            return _lost(call, error)
        if verdict is Verdict.AGAIN:
            call.maybe_done = call.maybe_done or is_outcome_unknown(answer.status)
            return again_after(answer, error, message)
        is_outdated = answer.status == 403 and self._tokens.renew_cached(call.token)
        return TryAgain(error, wait=0.0) if is_outdated else error

    def _authorized(self, call: Call) -> Answer:
        """The answer; after a 401 the answer to a second request with a new token."""
        answer = self._send(call)
        if answer.status == 401 and self._tokens.renew(_claims_challenge(answer), call.token):
            return self._send(call)
        return answer

    def _send(self, call: Call) -> Answer:
        token = call.token = self._token()
        url = call.url
        body = None if call.json is None else json.dumps(call.json, ensure_ascii=False).encode("utf-8")
        for _hop in range(_MOST_REDIRECTS + 1):
            call.client_request_id = str(uuid.uuid4())
            headers = {
                "Accept": "application/json",
                "client-request-id": call.client_request_id,
                **WHOLE_ENUMS,
                **({} if body is None else {"Content-Type": "application/json"}),
                **call.headers,
            }
            with self._lock:
                self.requests_sent += 1
            answer = self._http.send(call.method, url, headers, body, token)
            self._date = answer.headers.get("date", self._date)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not location:
                return answer
            url = self._redirected(call, url, location)
        raise GraphError.of(
            call,
            answer.status,
            f"Microsoft Graph redirected {call.method} {call.path} more than {_MOST_REDIRECTS} times.",
        )

    def _token(self) -> str:
        try:
            token = self._tokens.token()
        except AuthenticationError as error:
            error.append(advice.from_environment(self.variables))
            raise
        self.redactor.add(token)
        return token

    def _redirected(self, call: Call, url: str, location: str) -> str:
        try:
            target = urljoin(url, location)
        except ValueError:
            target = ""
        self._trust(target, "redirected to")
        if not is_same(call.url, target) or urlsplit(target).query != urlsplit(call.url).query:
            raise BadAnswer.of(
                call,
                302,
                f"Microsoft Graph redirected {call.method} {call.path} to something else, {urlsplit(target).path}; "
                "check graph_url.",
            )
        if call.method != "GET":
            raise GraphError.of(
                call,
                302,
                f"Microsoft Graph redirected {call.method} {call.path}, which is followed for reads only; "
                "check graph_url.",
            )
        return target

    def _trust(self, url: str, how: str) -> None:
        """Raise UntrustedHost unless the URL is at the configured Graph root's scheme, host and port."""
        if origin(url) != origin(self.cloud.graph_url):
            raise UntrustedHost(
                f"Microsoft Graph {how} {host(url)}, which is not {self.cloud.graph_url}: the access token is not "
                "sent there. "
                "If a proxy or gateway in between does this, set graph_url to its address."
            )

    def _flaw(self, call: Call, answer: Answer) -> str:
        """Return what is wrong with the answer to a request that was carried out, as a clause; "" when all is well."""
        if answer.status == 0:
            return "has no part in the answer to a $batch"
        if not 200 <= answer.status < 300:
            return "got an answer that says neither that it was done nor why not"
        if not answer.is_json:
            return "got an answer that is not JSON"
        wrong = call.flaw(answer.body)
        if not wrong and call.method in ("GET", "PATCH") and isinstance(answer.body, dict):
            path = "/".join(segments(call.url))
            wrong = another(path, answer.body) or (self.shapes.at(path, answer.body) if call.method == "GET" else "")
        link = answer.body.get("@odata.nextLink") if call.method == "GET" and isinstance(answer.body, dict) else None
        # Following a link to another host is refused; the items of its page are not.
        if not wrong and link and origin(link) == origin(self.cloud.graph_url) and not is_same(call.url, link):
            other = self.redactor.text(urlsplit(link).path, 200)
            return f"did not answer with a whole list: it goes on at another one, {other}"
        return wrong

    def _unusable(self, call: Call, answer: Answer, wrong: str) -> LostAnswer | TryAgain:
        """What an answer with a flaw is: nobody knows what was done."""
        error = bad_answer(call, answer, self.redactor, wrong)
        if not call.repeatable:
            return _lost(call, error)
        call.maybe_done = True
        return TryAgain(error, tries=BAD_ANSWER_TRIES)

    def _no_answer(self, call: Call, failure: NoAnswer) -> Exception:
        reason = self.redactor.text(failure.reason)
        if failure.sent and not call.repeatable:
            self._is_lossy = True
            return _lost(call, None, reason)
        call.maybe_done = call.maybe_done or failure.sent
        error = ConnectionFailed(f"{call.method} {call.path} got no answer: {reason}.")
        return unanswered(error, failure.tries)

    def _error(self, call: Call, answer: Answer, message: str) -> GraphError:
        claims = claims_of(call.token)
        sentences = advice.advice(call, answer, message, self.permission_hint, self._tokens, claims)
        if answer.status in (401, 403):
            sentences += " " + advice.refused(claims, self.variables)
        return graph_error(call, answer, self.redactor, sentences.strip())


def _lost(call: Call, cause: GraphError | None, reason: str = "") -> LostAnswer:
    why = cause.message if cause is not None else f"{reason or 'no answer came'}."
    return LostAnswer(
        f"Nobody knows whether {call.method} {call.url.split('?', 1)[0]} was carried out: {why} "
        "It is not repeated, because that could do it twice: look first.",
        call.method,
        call.url,
        call.client_request_id,
        cause,
    )


def _claims_challenge(answer: Answer) -> str | None:
    """The claims that a 401 asks for, as JSON; None when it asks for none [graph facts: tokens]."""
    header = answer.headers.get("www-authenticate", "")
    found = _CLAIMS.search(header)
    if "insufficient_claims" not in header or not found:
        return None
    text = found.group(1).replace("-", "+").replace("_", "/")
    try:
        claims = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
        return claims if isinstance(json.loads(claims), dict) else None
    except (binascii.Error, ValueError):
        return None
