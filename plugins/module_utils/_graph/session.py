# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session with Microsoft Graph: one login, one host, keep-alive, retries, paging and batches."""

from __future__ import annotations

import base64
import binascii
import builtins
import json as jsonlib
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO, Protocol
from urllib.parse import unquote, urljoin, urlsplit

from . import advice, clouds, odata
from . import batch as batches
from ._auth import credentials, tokens
from .advice import PermissionHint, TokenAdvice
from .answer import Answer
from .batch import BatchRequest, BatchResponse
from .clouds import Cloud
from .errors import (
    AuthenticationError,
    BadAnswer,
    ConfigurationError,
    ConnectionFailed,
    GraphError,
    IntuneError,
    LostAnswer,
    TooManyPages,
    UntrustedHost,
    bad_answer,
    code_and_message,
    graph_error,
)
from .redact import Redactor
from .retry import (
    BAD_ANSWER_TRIES,
    SERVER_ERROR_TRIES,
    THROTTLED,
    UNKNOWN_OUTCOME,
    RetryPolicy,
    TryAgain,
    Verdict,
    is_throttle,
    judge,
    retry_after,
    tries_allowed,
)
from .shapes import Shapes, another
from .transport import MEGABYTE, Http, NoAnswer, Timeout, deadline

CONNECT_TIMEOUT = 10.0  # seconds
MAX_PAGES = 2000  # of one list; 200,000 devices are 200 pages
MAX_MEGABYTES = 64  # of one answer; a page of 1,000 devices has about 5
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS = 3
# Statuses of a $batch itself where a gateway has none; Graph has it in every cloud [graph facts: batch].
_NO_BATCH = frozenset((404, 405, 501))


class Tokens(TokenAdvice, Protocol):
    """What a session needs of a token provider."""

    def token(self) -> str:
        """A valid access token."""

    def renew(self, claims: str | None = None, refused: str | None = None) -> bool:
        """Replace a token, the current one if refused is not given; False when there is no way to get another."""

    def renew_cached(self, refused: str) -> bool:
        """Replace a token that was refused if it is an old one: it does not know what was granted since."""


def _nothing_wrong(body: object) -> str:
    return ""


@dataclass
class _Call:
    method: str
    url: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    client_request_id: str = ""
    seen: set[str] = field(default_factory=set)  # the pages of its list so far
    flaw: Callable[[object], str] = _nothing_wrong  # returns what is wrong with the answer's body
    token: str = ""  # with which it was sent last
    maybe_done: bool = False  # an earlier attempt came to an unknown outcome


PageCall = _Call


class GraphSession:
    """Requests to Graph for one set of credentials. Every method raises IntuneError and its subclasses only.

    Threads may share a session; each has a connection of its own, and all wait when one is throttled.

    `path` has no version and no leading slash, and its values are already encoded by odata.segment.
    `permission_hint(method, path)` may name the permissions that suffice; its words are added to a 403.
    `progress(text)` is called by what reads much, with how far it is.
    """

    def __init__(
        self,
        cloud: Cloud,
        token_provider: Tokens,
        ca_path: str | None = None,
        timeout: Timeout = (CONNECT_TIMEOUT, 60.0),
        retry_timeout: float = 300.0,
        max_pages: int = MAX_PAGES,
        max_megabytes: int = MAX_MEGABYTES,
        secrets: Iterable[str | None] = (),
        permission_hint: PermissionHint | None = None,
        policy: RetryPolicy | None = None,
    ) -> None:
        self.cloud = cloud
        self.requests_sent = 0
        self.permission_hint = permission_hint
        self.variables: Sequence[str] = ()  # those of the environment that gave the login
        self.shapes = Shapes()
        self.progress: Callable[[str], object] = lambda text: None
        self._lock = threading.Lock()
        self._has_batch = True
        self._tokens = token_provider
        self.redactor = Redactor(secrets)
        self._policy = policy or RetryPolicy(retry_timeout)
        self._max_pages = max_pages
        self._download_seconds = max(deadline(timeout), self._policy.total)
        self._http = Http(ca_path, timeout, max_megabytes * MEGABYTE)

    @classmethod
    def from_params(cls, params: Mapping[str, Any], secrets: Iterable[str] = ()) -> GraphSession:
        """A session from the options that all modules share. Logs in only when the first request is sent."""
        cloud = clouds.cloud(params.get("cloud"), params.get("graph_url"), params.get("authority_host"))
        credential = credentials.from_params(params)
        ca_path = params.get("ca_path") or None
        seconds = _number(params, "timeout", 60.0, 1.0)
        timeout = (min(CONNECT_TIMEOUT, seconds), seconds)
        policy = RetryPolicy(
            _number(params, "retry_timeout", 300.0, 0.0), whole=_number(params, "task_timeout", 1800.0, 1.0)
        )
        provider = tokens.provider(
            cloud, credential, str(params.get("token_cache") or "auto"), ca_path, timeout, policy
        )
        session = cls(
            cloud,
            provider,
            ca_path,
            timeout,
            max_pages=int(_number(params, "max_pages", MAX_PAGES, 1.0)),
            max_megabytes=int(_number(params, "max_megabytes", MAX_MEGABYTES, 1.0)),
            secrets=[*credential.secrets(), *secrets],
            policy=policy,
        )
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
        call = self._new_call("GET", path, version, params=params, headers=headers)
        call.flaw = self.shapes.single
        return dict(self._exchanged(call).body)

    def pages(
        self,
        path: str,
        version: str = "beta",
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """The pages of a collection as Graph sends them; a page may be empty and not the last."""
        return self._pages(self.first_page(path, params, version, headers))

    def first_page(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        version: str = "beta",
        headers: Mapping[str, str] | None = None,
    ) -> PageCall:
        """The request for the first page of a collection; for page()."""
        call = self._new_call("GET", path, version, params=params, headers=headers)
        call.flaw = self.shapes.page
        return call

    def page(self, call: PageCall) -> dict[str, Any]:
        """The page that a request of first_page() or next_page() asks for."""
        return dict(self._exchanged(call).body)

    def next_page(self, call: PageCall, page: Mapping[str, Any]) -> PageCall | None:
        """What asks for the page after this one; None when it is the last."""
        link = page.get("@odata.nextLink")
        if not link:
            return None
        call.seen.add(call.url)
        if link in call.seen:
            raise GraphError(
                f"GET {call.path} never ends: its next page has been read already.",
                status=200,
                method="GET",
                url=call.url,
            )
        if len(call.seen) >= self._max_pages:
            raise TooManyPages(
                f"GET {call.path} has more than {self._max_pages} pages (option max_pages).",
                status=200,
                method="GET",
                url=call.url,
            )
        # Graph does not carry own headers over to the next page [graph facts: paging].
        following = self._link_call(str(link), call.headers)
        following.seen, following.flaw = call.seen, call.flaw
        return following

    def list(
        self,
        path: str,
        version: str = "beta",
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """All items of a collection, page by page as they are consumed."""
        return _items(self.pages(path, version, params, headers))

    def list_from(self, link: str, headers: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """All items from a nextLink on, which is followed as it is."""
        return _items(self._pages(self._link_call(link, headers or {})))

    def items(self, body: object, with_ids: bool = True) -> Iterator[dict[str, Any]]:
        """All items of a list whose first page is the answer to a part of a $batch."""
        wrong = self.shapes.page(body, with_ids)
        if wrong or not isinstance(body, dict):
            raise BadAnswer(f"A part of a $batch {wrong}.", 200, method="GET")
        yield from body["value"]
        if body.get("@odata.nextLink"):
            yield from self.list_from(str(body["@odata.nextLink"]))

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

    def batch(self, requests: Sequence[BatchRequest], version: str = "beta") -> builtins.list[BatchResponse]:
        """The answers in the order of the requests. An item that fails does not raise: see BatchResponse.error."""
        return [response for chunk in batches.chunks(requests) for response in self._batch_or_each(chunk, version)]

    def download(self, url: str, file: BinaryIO, limit: int) -> None:
        """Write the file at an address that Graph gave, such as a report's, to `file`. It may be at any host: no token
        is sent.
        """
        if _origin(url) is None:
            raise UntrustedHost("Microsoft Graph gave an address for a download that is not https; it is not fetched.")
        host = urlsplit(url).hostname

        def attempt() -> None:
            file.seek(0)
            file.truncate()
            try:
                status = self._http.download(url, file, limit, self._download_seconds)
            except NoAnswer as failure:
                error: IntuneError = ConnectionFailed(
                    f"The download from {host} failed: {self.redactor.text(failure.reason)}."
                )
                raise error if failure.tries == 1 else TryAgain(error, tries=failure.tries) from None
            if status != 200:
                # Its query holds a signature that opens the file to everybody, so the address is not shown.
                error = GraphError(
                    f"{host} refused the download of a file of Microsoft Graph (HTTP {status}).",
                    status=status,
                    method="GET",
                )
                raise (
                    TryAgain(error, tries=SERVER_ERROR_TRIES)
                    if status in UNKNOWN_OUTCOME or status in THROTTLED
                    else error
                )

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
        return tokens.claims(token)

    def close(self) -> None:
        self._http.close()

    # -- single requests ------------------------------------------------------------------------------------------

    def _write(
        self,
        method: str,
        path: str,
        version: str,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> dict[str, Any] | None:
        call = self._new_call(method, path, version, json, headers=headers, repeatable=repeatable)
        call.flaw = self.shapes.written
        body: dict[str, Any] | None = self._exchanged(call).body
        return body

    def _exchanged(self, call: _Call) -> Answer:
        return self._policy.run(lambda: self._attempt(call))

    def _url(self, version: str, path: str) -> str:
        return f"{self.cloud.graph_url}/{version}/{path.lstrip('/')}"

    def _new_call(
        self,
        method: str,
        path: str,
        version: str,
        json: object = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> _Call:
        url = self._url(version, path)
        if params:
            url += ("&" if "?" in path else "?") + odata.query(params)
        names = dict(headers or {})
        body = None
        if json is not None:
            body = jsonlib.dumps(json, ensure_ascii=False).encode("utf-8")
            names.setdefault("Content-Type", "application/json")
        return _Call(method, url, path.lstrip("/"), body, names, repeatable)

    def _attempt(self, call: _Call) -> Answer:
        """One try. Raises TryAgain when another may follow."""
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

    def _problem(self, call: _Call, answer: Answer) -> IntuneError | TryAgain | None:
        """What an answer is instead of a result: an error, or a reason to send the request again."""
        code, message = code_and_message(answer) if answer.status >= 400 else ("", "")
        verdict = judge(answer.status, code, message, call.repeatable)
        if verdict is Verdict.DONE:
            wrong = self._flaw(call, answer)
            return self._unusable(call, answer, wrong) if wrong else None
        error = self._error(call, answer, message)
        if verdict is Verdict.LOST:
            # Whoever looks whether it was done has to wait like everybody else.
            self._policy.pause(_again(answer, message, error))
            return _lost(call, error)
        if verdict is Verdict.AGAIN:
            call.maybe_done = call.maybe_done or answer.status in UNKNOWN_OUTCOME
            return _again(answer, message, error)
        is_outdated = answer.status == 403 and self._tokens.renew_cached(call.token)
        return TryAgain(error, wait=0.0) if is_outdated else error

    def _authorized(self, call: _Call) -> Answer:
        """The answer; after a 401 the answer to a second request with a new token."""
        answer = self._exchange(call)
        if answer.status == 401 and self._tokens.renew(_claims_challenge(answer), call.token):
            return self._exchange(call)
        return answer

    def _exchange(self, call: _Call) -> Answer:
        token = call.token = self._token()
        url = call.url
        for _hop in range(_MOST_REDIRECTS + 1):
            call.client_request_id = str(uuid.uuid4())
            headers = {
                "Accept": "application/json",
                "client-request-id": call.client_request_id,
                **batches.WHOLE_ENUMS,
                **call.headers,
            }
            with self._lock:
                self.requests_sent += 1
            answer = self._http.send(call.method, url, headers, call.body, token)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not location:
                return answer
            url = self._redirected(call, url, location)
        raise GraphError(
            f"Microsoft Graph redirected {call.method} {call.path} more than {_MOST_REDIRECTS} times.",
            status=answer.status,
            method=call.method,
            url=call.url,
        )

    def _token(self) -> str:
        try:
            token = self._tokens.token()
        except AuthenticationError as error:
            error.append(advice.from_environment(self.variables))
            raise
        self.redactor.add(token)
        return token

    def _redirected(self, call: _Call, url: str, location: str) -> str:
        try:
            target = urljoin(url, location)
        except ValueError:
            target = ""
        self._trust(target, "redirected to")
        if not _is_same(call.url, target) or urlsplit(target).query != urlsplit(call.url).query:
            raise BadAnswer(
                f"Microsoft Graph redirected {call.method} {call.path} to something else, {urlsplit(target).path}; "
                "check graph_url.",
                status=302,
                method=call.method,
                url=call.url,
            )
        if call.method != "GET":
            raise GraphError(
                f"Microsoft Graph redirected {call.method} {call.path}, which is followed for reads only; "
                "check graph_url.",
                status=302,
                method=call.method,
                url=call.url,
            )
        return target

    def _trust(self, url: str, how: str) -> None:
        """Raise UntrustedHost unless the URL is at the configured Graph root's scheme, host and port."""
        if _origin(url) != _origin(self.cloud.graph_url):
            raise UntrustedHost(
                f"Microsoft Graph {how} {_host(url)}, which is not {self.cloud.graph_url}: the access token is not "
                "sent there. "
                "If a proxy or gateway in between does this, set graph_url to its address."
            )

    def _flaw(self, call: _Call, answer: Answer) -> str:
        """Return what is wrong with the answer to a request that was carried out, as a clause; "" when all is well."""
        if answer.status == 0:
            return "has no part in the answer to a $batch"
        if not 200 <= answer.status < 300:
            return "got an answer that says neither that it was done nor why not"
        if not answer.is_json:
            return "got an answer that is not JSON"
        wrong = call.flaw(answer.body)
        if not wrong and call.method in ("GET", "PATCH") and isinstance(answer.body, dict):
            path = "/".join(_segments(call.url))
            wrong = another(path, answer.body) or (self.shapes.at(path, answer.body) if call.method == "GET" else "")
        link = answer.body.get("@odata.nextLink") if call.method == "GET" and isinstance(answer.body, dict) else None
        # Following a link to another host is refused; the items of its page are not.
        if not wrong and link and _origin(link) == _origin(self.cloud.graph_url) and not _is_same(call.url, link):
            return f"did not answer with a whole list: it goes on at another one, {urlsplit(link).path[:200]}"
        return wrong

    def _unusable(self, call: _Call, answer: Answer, wrong: str) -> LostAnswer | TryAgain:
        """What an answer with a flaw is: nobody knows what was done."""
        error = bad_answer(answer, call.method, call.url, call.path, call.client_request_id, self.redactor, wrong)
        if not call.repeatable:
            return _lost(call, error)
        call.maybe_done = True
        return TryAgain(error, tries=BAD_ANSWER_TRIES)

    def _no_answer(self, call: _Call, failure: NoAnswer) -> Exception:
        reason = self.redactor.text(failure.reason)
        if failure.sent and not call.repeatable:
            return _lost(call, None, reason)
        call.maybe_done = call.maybe_done or failure.sent
        error = ConnectionFailed(f"{call.method} {call.path} got no answer: {reason}.")
        return error if failure.tries == 1 else TryAgain(error, tries=failure.tries)

    def _error(self, call: _Call, answer: Answer, message: str) -> GraphError:
        sentences = advice.advice(answer, message, call.method, call.path, self.permission_hint, self._tokens)
        if answer.status in (401, 403):
            sentences += " " + advice.refused(tokens.claims(call.token), self.variables)
        return graph_error(answer, call.method, call.url, call.client_request_id, self.redactor, sentences.strip())

    # -- collections ----------------------------------------------------------------------------------------------

    def _link_call(self, link: str, headers: Mapping[str, str]) -> _Call:
        self._trust(link, "continues a list at")
        path = urlsplit(link).path.lstrip("/").partition("/")[2]
        return _Call("GET", link, path, None, dict(headers), flaw=partial(self.shapes.page, with_ids=False))

    def _pages(self, call: _Call) -> Iterator[dict[str, Any]]:
        following: _Call | None = call
        while following:
            page = self.page(following)
            yield page
            following = self.next_page(following, page)

    # -- batches --------------------------------------------------------------------------------------------------

    def _batch_or_each(self, requests: Sequence[BatchRequest], version: str) -> builtins.list[BatchResponse]:
        """One chunk; request by request where a gateway lets no $batch through."""
        if self._has_batch:
            try:
                return self._batch(requests, version)
            except GraphError as error:
                if error.status not in _NO_BATCH:
                    raise
                self._has_batch = False
        return [self._alone(request, version) for request in requests]

    def _alone(self, request: BatchRequest, version: str) -> BatchResponse:
        try:
            call = self._new_call(
                request.method,
                request.url,
                version,
                request.body,
                headers=request.headers,
                repeatable=request.repeatable,
            )
            call.flaw = self._item_flaw(request)
            answer = self._exchanged(call)
        except (GraphError, LostAnswer) as error:
            return BatchResponse(getattr(error, "status", 0), error=error)
        return BatchResponse(answer.status, answer.headers, answer.body)

    def _batch(self, requests: Sequence[BatchRequest], version: str) -> builtins.list[BatchResponse]:
        """One chunk: the envelope is sent, then one with what is left of it, until nothing is or time is up."""
        pending = {str(number): request for number, request in enumerate(requests, 1)}
        done: dict[str, BatchResponse] = {}
        refused: builtins.list[IntuneError] = []

        def attempt() -> None:
            refused.clear()
            call = self._new_call(
                "POST",
                "$batch",
                version,
                json=batches.envelope(pending),
                repeatable=all(request.repeatable for request in pending.values()),
            )
            call.flaw = _no_batch
            found = batches.answers(self._attempt(call).body) or {}
            waits, tries, for_all = [], [], False
            for key, request in list(pending.items()):
                response, again = self._judge_item(request, found.get(key, Answer(0)), call, version)
                done[key] = response
                if again is None:
                    del pending[key]
                    continue
                refused.extend(again.errors)
                waits.append(again.wait)
                tries.append(again.tries)
                for_all = for_all or again.for_all
            if pending:
                asked = [wait for wait in waits if wait is not None]
                limits = [limit for limit in tries if limit is not None]
                raise TryAgain(
                    *refused,
                    wait=max(asked) if asked else None,
                    tries=max(limits) if len(limits) == len(tries) else None,
                    for_all=for_all,
                )

        try:
            self._policy.run(attempt)
        except IntuneError as error:
            if not done:
                raise
            if not any(
                error is item for item in refused
            ):  # a later envelope failed, and what was answered before stays true
                done.update((key, BatchResponse(0, error=error)) for key in pending)
        return [done[key] for key in sorted(done, key=int)]

    def _judge_item(
        self, request: BatchRequest, answer: Answer, call: _Call, version: str
    ) -> tuple[BatchResponse, TryAgain | None]:
        """The item's response, and a TryAgain when it should be sent again."""
        item = _Call(
            request.method,
            self._url(version, request.url),
            request.url.lstrip("/"),
            repeatable=request.repeatable,
            client_request_id=call.client_request_id,
            flaw=self._item_flaw(request),
            token=call.token,
        )
        problem = self._problem(item, answer)
        again = problem if isinstance(problem, TryAgain) else None
        error = problem.errors[0] if isinstance(problem, TryAgain) else problem
        return BatchResponse(answer.status, answer.headers, answer.body, error), again

    def _item_flaw(self, request: BatchRequest) -> Callable[[object], str]:
        if request.method != "GET":
            return _nothing_wrong  # an action may be answered with a file, as text
        if request.is_object:
            return self.shapes.single
        return self._linked_flaw if request.may_be_empty else self.shapes.read

    def _linked_flaw(self, body: object) -> str:
        return "" if body is None else self.shapes.read(body)


def _number(params: Mapping[str, Any], option: str, default: float, least: float) -> float:
    declared = params.get(option)
    if declared is not None and float(declared) < least:
        raise ConfigurationError(f"{option} must be at least {least:.0f}, not {declared}.")
    return default if declared is None else float(declared)


def _no_batch(body: object) -> str:
    return "" if batches.answers(body) is not None else "got an answer that is not a batch response"


def _items(pages: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for page in pages:
        yield from page["value"]


def _again(answer: Answer, message: str, error: IntuneError) -> TryAgain:
    return TryAgain(
        error,
        wait=retry_after(answer.headers, time.time()),
        tries=tries_allowed(answer.status, message),
        for_all=is_throttle(answer.status, message, answer.headers),
    )


def _lost(call: _Call, cause: GraphError | None, reason: str = "") -> LostAnswer:
    why = cause.message if cause is not None else f"{reason or 'no answer came'}."
    return LostAnswer(
        f"Nobody knows whether {call.method} {call.url.split('?', 1)[0]} was carried out: {why} "
        "It is not repeated, because that could do it twice: look first.",
        call.method,
        call.url,
        call.client_request_id,
        cause,
    )


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "(no host)")[:100]
    except ValueError:
        return "(no host)"


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an https URL; None for anything else, and for a URL with a user name in it."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        return None
    if parts.scheme.lower() != "https" or not parts.hostname or "@" in parts.netloc or "\\" in url:
        return None
    return "https", parts.hostname.lower(), port


_KEY = re.compile(r"\('?([^()']*)'?\)")


def _is_same(url: str, other: str) -> bool:
    """Whether two URLs are of one object or list, however Graph writes it: groups('1')/members is groups/1/members.

    It may be behind another prefix or version, and a user who was asked for by name may be shown by id.
    """
    ours, theirs = _segments(url), _segments(other)
    return len(ours) == len(theirs) and all(one == two or "@" in one for one, two in zip(ours, theirs))


def _segments(url: str) -> list[str]:
    path = _KEY.sub(r"/\1", unquote(urlsplit(url).path)).lower().strip("/").split("/")
    start = next((place for place, name in enumerate(path) if name in ("beta", "v1.0")), -1)
    return path[start + 1 :]


_CLAIMS = re.compile(r'\bclaims="([^"]+)"')


def _claims_challenge(answer: Answer) -> str | None:
    """The claims that a 401 asks for, as JSON; None when it asks for none [graph facts: tokens]."""
    header = answer.headers.get("www-authenticate", "")
    found = _CLAIMS.search(header)
    if "insufficient_claims" not in header or not found:
        return None
    text = found.group(1).replace("-", "+").replace("_", "/")
    try:
        claims = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
        return claims if isinstance(jsonlib.loads(claims), dict) else None
    except (binascii.Error, ValueError):
        return None
