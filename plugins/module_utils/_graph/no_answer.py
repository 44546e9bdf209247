# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why no usable answer came, and whether the server may have acted nevertheless."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from types import ModuleType

_UNREACHABLE_TRIES = 5
_NAME_TRIES = 3


class NoAnswer(Exception):
    """No usable answer came. `sent`: the server may have got the request. `tries`: how often it is worth trying."""

    def __init__(self, reason: str, sent: bool, tries: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.tries = tries


def explain(error: Exception, server: str, requests: ModuleType) -> NoAnswer:
    """Turn an exception of requests into a NoAnswer whose words hold neither URL credentials nor headers."""
    raised = requests.exceptions
    is_unread = isinstance(error, ValueError) and not isinstance(error, raised.RequestException)
    if is_unread or isinstance(error, raised.InvalidHeader):
        # requests also reads the address of a redirect that it does not follow.
        return NoAnswer(f"the answer of {server} has a header that cannot be read", sent=True)
    # urllib3 1 checks the host name itself, and raises a CertificateError of its own.
    if any(
        isinstance(cause, ssl.SSLCertVerificationError) or type(cause).__name__ == "CertificateError"
        for cause in _causes(error)
    ):
        return NoAnswer(
            f"the certificate of {server} cannot be verified ({_verification(error)}); if it is issued by a private "
            "CA, give its certificate in ca_path (or INTUNE_CA_PATH)",
            sent=False,
            tries=1,
        )
    if isinstance(error, raised.ProxyError):
        return NoAnswer(
            f"the proxy on the way to {server} cannot be used ({_detail(error)}); check HTTPS_PROXY and NO_PROXY",
            sent=False,
            tries=_NAME_TRIES,
        )
    if any(isinstance(cause, socket.gaierror) for cause in _causes(error)):
        return NoAnswer(
            f"the name {server} cannot be resolved; check the name, DNS, and whether a proxy (HTTPS_PROXY) is needed",
            sent=False,
            tries=_NAME_TRIES,
        )
    if isinstance(error, raised.SSLError):
        return NoAnswer(
            f"the TLS connection to {server} failed ({_detail(error)})",
            sent=not _while_connecting(error),
            tries=_NAME_TRIES,
        )
    return _network_failure(error, server, raised)


def _network_failure(error: Exception, server: str, raised: ModuleType) -> NoAnswer:
    """Of a failure that is neither of the certificate nor of the way to the host."""
    if isinstance(error, raised.Timeout) and _while_connecting(error):
        return NoAnswer(
            f"{server} did not accept a connection in time; check the network, firewall and proxy (HTTPS_PROXY)",
            sent=False,
            tries=_UNREACHABLE_TRIES,
        )
    if isinstance(error, raised.ReadTimeout):
        return NoAnswer(f"{server} did not answer in time (option timeout)", sent=True)
    if _while_connecting(error):
        return NoAnswer(
            f"no connection to {server} ({_detail(error)}); check the network, firewall and proxy (HTTPS_PROXY)",
            sent=False,
            tries=_UNREACHABLE_TRIES,
        )
    if isinstance(error, (raised.InvalidURL, raised.MissingSchema, raised.InvalidSchema)):
        return NoAnswer(f"the request to {server} cannot be made ({type(error).__name__})", sent=False, tries=1)
    if not isinstance(error, raised.RequestException):
        # requests raises a bare OSError when REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no file.
        return NoAnswer(
            f"the request to {server} cannot be made ({error}); check REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE",
            sent=False,
            tries=1,
        )
    return NoAnswer(f"the connection to {server} broke before the answer was complete ({_detail(error)})", sent=True)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it came from; urllib3 keeps some in `reason` or in the arguments only."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        item = todo.pop()
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        todo += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]


def _while_connecting(error: BaseException) -> bool:
    """True when a connection was never established, handshake included, so that nothing can have been sent.

    The exceptions of urllib3 do not tell a TLS failure of the handshake from a later one; their tracebacks do.
    """
    for cause in _causes(error):
        if type(cause).__name__ in ("NewConnectionError", "ConnectTimeoutError", "NameResolutionError"):
            return True
        trace = cause.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_name == "do_handshake":
                return True
            trace = trace.tb_next
    return False


def _detail(error: BaseException) -> str:
    """The operating system's words for the deepest cause; never the text of requests, which holds URLs and headers."""
    for cause in reversed(list(_causes(error))):
        if isinstance(cause, ssl.SSLError) and cause.reason:
            return str(cause.reason).replace("_", " ").lower()
        if isinstance(cause, OSError) and cause.strerror:
            return str(cause.strerror)
        if isinstance(cause, http.client.RemoteDisconnected):
            return "closed by the other side"
        if isinstance(cause, OSError) and str(cause).startswith("Tunnel connection failed"):
            return str(cause)
    return type(error).__name__


def _verification(error: BaseException) -> str:
    found = [cause.verify_message for cause in _causes(error) if isinstance(cause, ssl.SSLCertVerificationError)]
    return next((message for message in found if message), "verification failed")
