# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTPS exchange: sends a request, returns the answer, and reports whether a failed one may have acted."""

from __future__ import annotations

import os
import queue
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, BinaryIO, TypeVar, cast

from . import answer as answers
from .addresses import host
from .answer import Answer
from .errors import ConfigurationError
from .no_answer import NoAnswer, explain

Result = TypeVar("Result")
USER_AGENT = "ansible-mobilesec.intune"
Timeout = tuple[float, float]  # seconds to connect, seconds for the answer
MEGABYTE = 1 << 20
GRACE = 5.0  # seconds

_CHUNK = 1 << 16  # bytes to read at once; what they decompress to is what an answer may exceed its limit by
_ENCODINGS = frozenset(("", "identity", "gzip", "x-gzip", "deflate"))


def missing_library(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"The Python library '{name}' is missing: install it with '{sys.executable} -m pip install {name}' "
        f"(the interpreter of this task is {sys.executable})."
    )


def import_requests() -> ModuleType:
    try:
        import requests
    except ImportError:
        raise missing_library("requests") from None
    return requests


def check_ca_path(ca_path: str | None) -> None:
    """Raise ConfigurationError unless requests can take CA certificates from there."""
    if not ca_path:
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if os.path.isdir(ca_path):
            context.load_verify_locations(capath=ca_path)
        else:
            context.load_verify_locations(cafile=ca_path)
    except ssl.SSLError:
        raise ConfigurationError(f"ca_path '{ca_path}' has no certificate in PEM form.") from None
    except OSError as error:
        raise ConfigurationError(
            f"ca_path '{os.path.abspath(ca_path)}' cannot be read: {error.strerror or error}."
        ) from None


class BearerAuth:
    """Sets the Authorization header. As an auth callable, because requests lets ~/.netrc overrule a plain header."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: Any) -> Any:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Http:
    """A keep-alive connection for each thread. Redirects are not followed; certificates are always verified."""

    def __init__(self, ca_path: str | None = None, timeout: Timeout = (10.0, 60.0), limit: int = 64 * MEGABYTE) -> None:
        check_ca_path(ca_path)
        self._ca_path = ca_path
        self._limit = limit
        self._timeout = timeout
        self._own = threading.local()  # holds the thread's session of requests
        self._all: list[Any] = []

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, token: str | None) -> Answer:
        """Send one request and decode its answer. Raises NoAnswer, and ConfigurationError when requests is missing."""
        return answers.read(*self.raw(method, url, headers, body, token))

    def raw(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, token: str | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Like send, but gives status, headers and the body as it came."""
        session = self._session()

        def work() -> tuple[int, Mapping[str, str], bytes]:
            accepted = {"Accept-Encoding": "gzip, deflate", **headers}
            with self._response(session, method, url, headers=accepted, data=body, auth=BearerAuth(token)) as response:
                content = b"".join(chunks(response, self._limit))
            announced = response.headers.get("Content-Length", "")
            # urllib3 1 does not look.
            is_short = announced.isdigit() and response.raw.tell() < int(announced) and method != "HEAD"
            # Where no length is announced, the end of the connection is the end of the answer.
            if is_short or (content[:1] == b"{" and content.rstrip()[-1:] != b"}"):
                raise NoAnswer(f"the connection to {host(url)} broke before the answer was complete", sent=True)
            return response.status_code, response.headers, content

        return within(deadline(self._timeout), host(url), work, self._drop)

    def download(self, url: str, file: BinaryIO, seconds: float) -> int:
        """Write a file, and return the status; without a token, and without following redirects."""
        session = self._session()

        def work() -> int:
            size = 0
            accepted = {"Accept-Encoding": "identity"}
            with self._response(session, "GET", url, headers=accepted, auth=BearerAuth(None)) as response:
                if response.status_code != 200:
                    return int(response.status_code)
                for chunk in chunks(response, self._limit):
                    size += len(chunk)
                    file.write(chunk)
            announced = response.headers.get("Content-Length", "")
            if announced.isdigit() and size < int(announced):
                raise NoAnswer(f"the connection to {host(url)} broke before the file was complete", sent=True)
            return 200

        # Not tried again when it is late: what was left behind may still write to the file.
        return within(seconds, host(url), work, self._drop, tries=1)

    @contextmanager
    def _response(self, session: Any, method: str, url: str, headers: Mapping[str, str], **more: Any) -> Iterator[Any]:
        """The response to a request, whose body is still to be read. Raises NoAnswer, also while it is read."""
        requests = import_requests()
        try:
            with session.request(
                method,
                url,
                headers={"User-Agent": USER_AGENT, **headers},
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
                # Given with each request: REQUESTS_CA_BUNDLE would overrule the attribute of the session.
                verify=self._ca_path or True,
                **more,
            ) as response:
                if response.status_code < 200:
                    # Its connection ends: what comes after it would be taken for the answer to the next request.
                    raise NoAnswer(f"{host(url)} sent nothing but HTTP {response.status_code}", sent=True)
                yield response
        except (requests.exceptions.RequestException, OSError, ValueError) as error:
            raise explain(error, host(url), requests) from None

    def _session(self) -> Any:
        """The thread's own: requests does not promise that threads can share one."""
        session = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = import_requests().Session()
            session.headers.clear()
            self._all.append(session)
        return session

    def _drop(self) -> None:
        """Leave the thread's session to the request that is still running in it."""
        self._own.session = None

    def reconnect(self) -> None:
        """Drop the thread's open connections; its next request opens a new one."""
        session = getattr(self._own, "session", None)
        if session is not None:
            session.close()

    def close(self) -> None:
        for session in self._all:
            session.close()
        self._all.clear()
        self._own = threading.local()


def chunks(response: Any, limit: int) -> Iterator[bytes]:
    """The decompressed parts of a body, as far as they are not larger than the limit together."""
    # Some versions of urllib3 decompress encodings in encodings, and others that were not asked for, without a bound.
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise NoAnswer(f"the answer of {host(response.url)} has an encoding that was not asked for", sent=True)
    size = 0
    for chunk in response.iter_content(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise NoAnswer(
                f"the answer of {host(response.url)} is larger than {limit // MEGABYTE} MB (option max_megabytes)",
                sent=True,
                tries=1,
            )
        yield chunk


def deadline(timeout: Timeout) -> float:
    """Seconds after which an answer cannot be complete, however slowly its parts come; on a busy machine, the timeouts
    for parts are to be noticed first, because they tell more.
    """
    connect, whole = timeout
    return 2 * connect + whole + GRACE


def within(
    seconds: float, server: str, work: Callable[[], Result], drop: Callable[[], object], tries: int | None = None
) -> Result:
    """The result of work, which may not take longer. The timeouts of requests are for the next bytes only, so a server
    that sends one now and then would never let it end; such work is left behind in its thread.
    """
    outcome: queue.SimpleQueue[tuple[Result | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put((work(), None))
        except BaseException as error:  # handed over to the thread that waits
            outcome.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = outcome.get(timeout=seconds)
    except queue.Empty:
        drop()
        late = f"{server} did not send its whole answer in {seconds:.0f} s (option timeout)"
        raise NoAnswer(late, sent=True, tries=tries) from None
    if error is not None:
        raise error
    return cast(Result, result)
