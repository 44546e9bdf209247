# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that can go wrong and that the user may see: classes with data; their words are written here."""

from __future__ import annotations

import json
import os
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from .answer import EXCERPT_LENGTH, Answer
from .call import Call
from .redact import Redactor


class IntuneError(Exception):
    """Base of all. `message` is one readable text: what happened and what to do. It holds no secret."""

    changed = False  # whether something was written before

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message

    def append(self, sentence: str) -> None:
        """Add a sentence to the message."""
        self.message = f"{self.message.rstrip()} {sentence}".rstrip()

    def to_result(self) -> dict[str, Any]:
        """What a module returns beside its message when it fails."""
        return {}


class Unexpected(IntuneError):
    """What nobody foresaw, in one sentence as everything else. `changed` as the exception has it."""

    def __init__(self, error: Exception) -> None:
        place = traceback.extract_tb(error.__traceback__)[-1]
        super().__init__(
            f"{type(error).__name__} in {os.path.basename(place.filename)}, line {place.lineno}: {error}. "
            "Either a server sent an undocumented answer, or this is a defect of the collection "
            "mobilesec.intune. Please report it."
        )
        self.changed = bool(getattr(error, "changed", False))


class ConfigurationError(IntuneError):
    """An option is missing or wrong, a file cannot be read, a library is not installed."""


@dataclass(eq=False)
class AuthenticationError(IntuneError):
    """The login was refused. `code` is the number after AADSTS, None when there was none."""

    message: str
    code: int | None = None
    trace_id: str = ""
    correlation_id: str = ""

    def to_result(self) -> dict[str, Any]:
        aadsts = f"AADSTS{self.code}" if self.code else ""
        return {"login_error": {"code": aadsts, "trace_id": self.trace_id, "correlation_id": self.correlation_id}}


class ConnectionFailed(IntuneError):
    """A host could not be reached or did not answer, and repeating the request is harmless."""

    def to_result(self) -> dict[str, Any]:
        return {"no_answer": True}


class OutOfTime(IntuneError):
    """The time of the whole task is used up."""

    def to_result(self) -> dict[str, Any]:
        return {"no_answer": True}


@dataclass(eq=False)
class LostAnswer(IntuneError):
    """A write that must not be repeated blindly came to an unknown outcome. `cause` is Graph's error if it sent one."""

    message: str
    method: str = ""
    url: str = ""
    client_request_id: str = ""
    cause: GraphError | None = None

    def to_result(self) -> dict[str, Any]:
        error = self.cause or GraphError(
            self.message, client_request_id=self.client_request_id, method=self.method, url=self.url
        )
        return error.to_result()


class UntrustedHost(IntuneError):
    """A link or redirect leads away from the configured Graph root; the token is not sent there."""


@dataclass(eq=False)
class GraphError(IntuneError):
    """Graph answered with an error. `graph_message` is its own text, cleaned; `details` its list of details."""

    message: str
    status: int = 0
    code: str = ""
    graph_message: str = ""
    request_id: str = ""
    client_request_id: str = ""
    method: str = ""
    url: str = ""
    details: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, call: Call, status: int, message: str) -> GraphError:
        """The error of a request whose answer is no error of Graph's own."""
        return cls(message, status=status, method=call.method, url=call.url)

    def to_result(self) -> dict[str, Any]:
        return {
            "graph_error": {
                "status": self.status,
                "code": self.code,
                "message": self.graph_message or self.message,
                "request_id": self.request_id,
                "client_request_id": self.client_request_id,
                "method": self.method,
                "url": self.url,
            }
        }


class BadAnswer(GraphError):
    """An answer that is neither success nor error: no JSON, or not of the shape that was asked for."""


class TooManyPages(GraphError):
    """A list has more pages than a task may read of one."""


class BadRequest(GraphError):
    """HTTP 400."""


class Unauthorized(GraphError):
    """HTTP 401, still so after a new login."""


class Forbidden(GraphError):
    """HTTP 403: permission, licence, role or conditional access."""


class NotFound(GraphError):
    """HTTP 404."""


class Conflict(GraphError):
    """HTTP 409."""


class Throttled(GraphError):
    """HTTP 429, still so when the time for retries was used up."""


_CLASSES: dict[int, type[GraphError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: Throttled,
}


def graph_error(call: Call, answer: Answer, redactor: Redactor, advice: str = "") -> GraphError:
    """Return the error of an answer with a status of 400 or more. `advice` is a sentence about what to do."""
    code, graph_message = code_and_message(answer)
    code = redactor.text(code, _LONGEST_CODE)
    graph_message = redactor.text(graph_message, _LONGEST_TEXT if answer.is_json else EXCERPT_LENGTH)
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    inner = _inner(error)
    details = error.get("details") if isinstance(error, dict) else None
    request_id = redactor.id(answer.headers.get("request-id")) or redactor.id(inner.get("request-id"))
    client_request_id = redactor.id(answer.headers.get("client-request-id")) or redactor.id(
        inner.get("client-request-id")
    )
    url = redactor.text(call.url)
    where = ", ".join(filter(None, (f"HTTP {answer.status}", code, request_id and f"request-id {request_id}")))
    verb = "refused" if answer.status < 500 else "failed at"
    message = f"Microsoft Graph {verb} {call.method} {url.split('?', 1)[0]}: {_sentence(graph_message)} ({where})"
    return _CLASSES.get(answer.status, GraphError)(
        f"{message} {redactor.text(advice)}".strip(),
        status=answer.status,
        code=code,
        graph_message=graph_message,
        request_id=request_id,
        client_request_id=client_request_id or call.client_request_id,
        method=call.method,
        url=url,
        details=[item for item in details if isinstance(item, dict)] if isinstance(details, list) else [],
    )


def bad_answer(call: Call, answer: Answer, redactor: Redactor, wrong: str) -> BadAnswer:
    """Return the error of an answer that cannot be used. `wrong` is a clause about what the request got."""
    request_id = redactor.id(answer.headers.get("request-id"))
    where = f"(HTTP {answer.status}{f', request-id {request_id}' if request_id else ''})"
    said = f", it reads: {redactor.text(answer.text, EXCERPT_LENGTH)}" if answer.text else "."
    return BadAnswer(
        f"{call.method} {redactor.text(call.path)} {wrong} {where}{said} Is a proxy or login page in between?",
        status=answer.status,
        request_id=request_id,
        client_request_id=call.client_request_id,
        method=call.method,
        url=redactor.text(call.url),
    )


def code_and_message(answer: Answer) -> tuple[str, str]:
    """Graph's error code and its text for people; a stand-in where the answer has none."""
    error = _error_of(answer.body)
    code = error.get("code")
    code = str(code) if isinstance(code, (str, int)) else ""
    said: list[str] = []
    for text in map(clean_message, _texts(error)):
        if text and not any(text.rstrip(".") in other for other in said):
            said.append(text)
    message = " ".join([*map(_sentence, said[:-1]), *said[-1:]])
    if not message and answer.text:
        return code, f"the answer is no Graph error, it reads: {answer.text}"
    return code, message or code or _reason(answer.status)


def _error_of(body: object) -> Mapping[str, Any]:
    """The object with code and message, of Graph or of one of the services behind it."""
    if not isinstance(body, dict):
        return {}
    error = body.get("error", body.get("odata.error"))
    if isinstance(error, str):  # of the token service
        return {"code": error, "message": body.get("error_description")}
    if isinstance(error, dict):
        return error
    code = next((body[name] for name in ("errorCode", "ErrorCode", "code") if body.get(name)), None)
    return {**body, "code": code, "message": body.get("message", body.get("Message"))}


def _texts(error: Mapping[str, Any], depth: int = 4) -> Iterator[str]:
    """Its message, those of its details, and those of the exceptions inside it."""
    message = error.get("message", error.get("Message"))
    if isinstance(message, dict):  # of older OData: {"lang": "en-US", "value": "..."}
        message = message.get("value")
    if isinstance(message, str):
        yield message
    details = error.get("details")
    parts = details if isinstance(details, list) else []
    parts = [*parts, *(error.get(name) for name in _INNER)]
    for part in parts:
        if isinstance(part, dict) and depth:
            yield from _texts(part, depth - 1)


def _inner(error: object) -> Mapping[str, Any]:
    """Where Graph puts its ids; the name differs between specification and wire [graph facts: errors]."""
    if not isinstance(error, dict):
        return {}
    inner = error.get("innerError") or error.get("innererror")
    return inner if isinstance(inner, dict) else {}


_INNER = ("innerError", "innererror", "innerException", "InnerException", "internalexception", "internalException")
_LONGEST_CODE = 100
_LONGEST_TEXT = 2000
_INTUNE_MESSAGE = re.compile(r'"Message"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)
# What Intune appends to its texts: ids for its support, and the URL of an internal host [graph facts: errors].
_INTUNE_TAIL = re.compile(
    r"\s*-\s*(?:Operation ID \(for customer support\)|Activity ID|CustomApiErrorPhrase)\s*:.*", re.DOTALL
)
_INTUNE_URL = re.compile(r"(?:\s*-\s*)?(?:\bUrl:\s*)?https?://[^\s\"/]*manage\.microsoft\.[^\s\"]*", re.IGNORECASE)


def clean_message(text: str) -> str:
    """Unwrap the JSON document that Intune puts inside `message`, and drop internal ids and hosts from the text."""
    for _depth in range(3):
        inner = _wrapped_message(text)
        if inner is None:
            break
        text = inner
    text = _INTUNE_TAIL.sub("", text)
    return " ".join(_INTUNE_URL.sub("", text).split())


def _wrapped_message(text: str) -> str | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        document = json.loads(text)
        return next(_texts(_error_of(document)), None)
    except RecursionError:
        return None
    except ValueError:  # cut short by Graph, or with raw line ends
        found = _INTUNE_MESSAGE.search(text)
        return found.group(1).replace('\\"', '"').replace("\\r", "\r").replace("\\n", "\n") if found else None


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."
