# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session with Harmony Mobile: one API key, one gateway, and whole lists. It only reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from .._graph._auth.tokens import TokenProvider, cache_file
from .._graph.addresses import host, origin
from .._graph.answer import Answer
from .._graph.bounds import Bounds
from .._graph.errors import ConfigurationError, ConnectionFailed, UntrustedHost
from .._graph.lists import distinct
from .._graph.no_answer import NoAnswer
from .._graph.redact import Redactor
from .._graph.retry import BAD_ANSWER_TRIES, TryAgain, Verdict, again_after, judge, unanswered
from .errors import HarmonyError, harmony_error, refuses_token
from .login import ApiKey, Login

Row = dict[str, Any]
PREFIX = "/app/SBM"
API = "/external_api/"
# The range that a client of the API offers [harmony facts: lists].
_SMALLEST_PAGE, PAGE_SIZE, _LARGEST_PAGE = 10, 200, 1000


class HarmonySession:
    """Raises IntuneError and its subclasses only. `path` is behind the prefix and ends with a slash."""

    def __init__(self, key: ApiKey, bounds: Bounds, cache: str, page_size: int, redactor: Redactor) -> None:
        self.requests_sent = 0
        self.redactor = redactor
        redactor.add(key.access_key)
        self.progress: Callable[[str], object] = lambda text: None
        self._gateway = key.gateway
        self._http = bounds.http()
        self._policy = bounds.policy
        self._max_pages = bounds.max_pages
        self._page_size = page_size
        self._continued = 0
        login = Login(key, self._http, bounds.policy, self.redactor)
        self._tokens = TokenProvider(login, key.gateway, cache_file(cache, key.cache_key))

    @classmethod
    def from_params(cls, params: Mapping[str, Any], redactor: Redactor, bounds: Bounds | None = None) -> HarmonySession:
        """A session from the options, within the bounds of a task that has them already. Logs in with its first
        request.
        """
        size = int(params.get("harmony_page_size") or PAGE_SIZE)
        if not _SMALLEST_PAGE <= size <= _LARGEST_PAGE:
            raise ConfigurationError(f"harmony_page_size must be from {_SMALLEST_PAGE} to {_LARGEST_PAGE}, not {size}.")
        cache = str(params.get("token_cache") or "auto")
        return cls(ApiKey.from_params(params), bounds or Bounds.from_params(params), cache, size, redactor)

    def close(self) -> None:
        self._http.close()

    def rows(self, path: str, key: str, params: Mapping[str, str] | None = None) -> Iterator[list[Row]]:
        """The pages of a list, each row once. Raises HarmonyError for a list that is not whole.

        No order is promised, so rows that are added or removed meanwhile can shift others: `key` identifies them.
        """
        seen: set[int] = set()
        count = 0
        total: object = None
        for meta, page in self._pages(path, dict(params or {})):
            total = meta.get("total_count")
            fresh = list(distinct(page, seen, key))
            count += len(fresh)
            yield fresh
        # It can be too small where it is 0 or out of date, and then the rows count.
        if isinstance(total, int) and count < total:
            raise HarmonyError(
                f"Harmony Mobile counts {total} rows at {path}, but listed {count}. The list is incomplete. Run again, "
                "and report it to Check Point if the error stays."
            )

    def _pages(self, path: str, params: dict[str, str]) -> Iterator[tuple[Mapping[str, Any], list[Row]]]:
        offset = 0
        url: str | None = self._url(path, params, offset)
        seen: set[str] = set()
        while url:
            seen.add(url)
            body = self._policy.run(partial(self._attempt, path, url))
            meta = body.get("meta")
            meta = meta if isinstance(meta, dict) else {}
            page: list[Row] = body["objects"]
            yield meta, page
            offset += len(page)
            if "next" in meta:
                url = self._following(path, meta["next"])
            else:
                url = self._url(path, params, offset) if page else None
            if url in seen:
                raise HarmonyError(f"GET {path} never ends: its next page has been read already.", url=url or "")
            self._count_page(path, bool(url))

    def _count_page(self, path: str, goes_on: bool) -> None:
        self._continued += goes_on
        if self._continued >= self._max_pages:
            raise HarmonyError(
                f"GET {path} has more than {self._max_pages} pages, together with other lists of this task (option "
                "max_pages)."
            )

    def _url(self, path: str, params: Mapping[str, str], offset: int) -> str:
        query = urlencode({**params, "limit": self._page_size, "offset": offset})
        return f"{self._gateway}{PREFIX}{path}?{query}"

    def _following(self, path: str, link: object) -> str | None:
        """The address of the next page, which is a path without the prefix [harmony facts: lists]."""
        if link in (None, ""):
            return None
        text = str(link)
        try:
            url = urljoin(self._gateway, PREFIX + text if text.startswith(API) else text)
        except ValueError:
            raise HarmonyError(f"GET {path} goes on at {self.redactor.text(text, 200)}, which is no address.") from None
        if origin(url) != origin(self._gateway):
            raise UntrustedHost(
                f"Harmony Mobile continues a list at {host(url)}, which is not {host(self._gateway)}: the access token "
                "is not sent there."
            )
        if urlsplit(url).path != PREFIX + path:
            raise HarmonyError(f"GET {path} goes on at another list, {self.redactor.text(urlsplit(url).path, 200)}.")
        return url

    # -- one request -----------------------------------------------------------------------------------------------

    def _attempt(self, path: str, url: str) -> Row:
        """The body of a page. Raises TryAgain when another attempt may follow."""
        try:
            answer = self._authorized(url)
        except NoAnswer as failure:
            reason = self.redactor.text(failure.reason)
            error = ConnectionFailed(f"GET {path} of Harmony Mobile got no answer: {reason}.")
            raise unanswered(error, failure.tries) from None
        if judge(answer.status) is Verdict.AGAIN:
            raise again_after(answer, harmony_error(answer, path, url, self.redactor))
        problem = self._problem(answer, path, url)
        if problem:
            raise problem
        return dict(answer.body)

    def _problem(self, answer: Answer, path: str, url: str) -> HarmonyError | TryAgain | None:
        if answer.status >= 400 or refuses_token(answer) or _is_failure(answer.body):
            return harmony_error(answer, path, url, self.redactor)
        wrong = _flaw(answer)
        if not wrong:
            return None
        text = f"GET {path} of Harmony Mobile {wrong} (HTTP {answer.status}). Is a proxy or login page in between?"
        return TryAgain(HarmonyError(text, answer.status, self.redactor.text(url)), tries=BAD_ANSWER_TRIES)

    def _authorized(self, url: str) -> Answer:
        """The answer; after the token was refused, the answer to a second request with a new one."""
        token, answer = self._sent(url)
        if refuses_token(answer) and self._tokens.renew(refused=token):
            token, answer = self._sent(url)
        return answer

    def _sent(self, url: str) -> tuple[str, Answer]:
        token = self._tokens.token()
        self.redactor.add(token)
        self.requests_sent += 1
        return token, self._http.send("GET", url, {"Accept": "application/json"}, None, token)


def _is_failure(body: object) -> bool:
    return isinstance(body, dict) and body.get("success") is False


def _flaw(answer: Answer) -> str:
    """What is wrong with an answer that should be a page, as a clause; "" when all is well."""
    if answer.status != 200:
        return "got an answer that is neither a list nor an error"
    if not answer.is_json:
        return "got an answer that is not JSON"
    rows = answer.body.get("objects") if isinstance(answer.body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return "did not answer with a list of objects"
    return ""
