# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access tokens: kept in memory, cached in a file between tasks, renewed in time, one login for parallel tasks."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..bounds import Bounds
from ..clouds import Cloud
from ..errors import AuthenticationError, ConfigurationError, IntuneError
from ..transport import deadline
from .credentials import AccessToken, AzureCli, Credential, DeviceCode, LoginCredential, ManagedIdentity, target

_MARGIN = 300.0  # seconds before its end in which a token is not used any more
_LOCK_WAIT = 30.0  # seconds; after that each task logs in for itself
_LOCK_STEP = 0.05  # seconds
_PERSON_WAIT = 900.0  # seconds, the life of a device code
_FOLDER = "mobilesec.intune"
# Who caches tokens besides this file, so that a new login gives the same again.
_KEPT_ELSEWHERE: dict[type, str] = {
    # [graph facts: managed identity]
    ManagedIdentity: "A managed identity keeps its token, and so its permissions, for up to 24 hours after a grant.",
    AzureCli: "The Azure CLI keeps its token for about an hour, unless you run 'az logout' and 'az login'.",
}


class Token(NamedTuple):
    secret: str
    expires_on: float  # seconds since the epoch


class FixedToken:
    """The token that the user gave."""

    refusal_advice = "The declared access_token has expired, was revoked, or is for another cloud; get a new one."
    grant_advice = "A declared access_token has no permission that was granted after it was issued; get a new one then."

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        return self._token

    def renew(self, claims: str | None = None, refused: str | None = None) -> bool:
        return False

    def renew_cached(self, refused: str) -> bool:
        return False


class TokenProvider:
    """Gets tokens from the cache file or by `login`, a function from an optional claims challenge to MSAL's serialized
    cache.
    """

    refusal_advice = (
        "A new token was refused as well: check that cloud and graph_url belong together, and in the tenant's sign-in "
        "logs whether the application was disabled or its access revoked."
    )

    def __init__(
        self,
        login: Callable[[str | None], str],
        target: str | None,
        cache: CacheFile | None,
        clock: Callable[[], float] = time.time,
        kept_elsewhere: str = "",
    ) -> None:
        """kept_elsewhere is advice for where another login gives the same token again."""
        self.grant_advice = kept_elsewhere or "A new grant may take some minutes to count."
        self._is_kept_elsewhere = bool(kept_elsewhere)
        self._is_from_cache = False
        self._login = login
        self._target = target
        self._cache = cache
        self._clock = clock
        self._token: Token | None = None
        self._use_until = 0.0
        self._lock = threading.Lock()

    def token(self) -> str:
        """A token that is good for a while. Raises AuthenticationError, ConfigurationError, ConnectionFailed."""
        with self._lock:
            if self._token is not None and self._clock() < self._use_until:
                return self._token.secret
            found = self._cached()
            self._is_from_cache = found is not None and not self._is_kept_elsewhere
            return self._keep(found or self._log_in(None))

    def renew(self, claims: str | None = None, refused: str | None = None) -> bool:
        """Replace the token that Graph refused, unless another thread has; always possible here."""
        with self._lock:
            current = self._token.secret if self._token else None
            if not claims and refused and current not in (None, refused):
                return True
            self._keep(self._log_in(claims, refused=current))
            return True

    def renew_cached(self, refused: str) -> bool:
        """Replace the token if it came from the cache; one that is kept elsewhere would be the same again."""
        with self._lock:
            if self._token is not None and self._token.secret != refused:
                return True
            if not self._is_from_cache:
                return False
            self._is_from_cache = False
            with contextlib.suppress(IntuneError):  # then the refusal stands
                self._keep(self._log_in(None, refused=refused))
                return True
            return False

    def _keep(self, token: Token) -> str:
        now = self._clock()
        self._token = token
        # The rule of halves is for tokens that live for no longer than the margin.
        self._use_until = max(token.expires_on - _MARGIN, now + (token.expires_on - now) / 2)
        return token.secret

    def _cached(self, refused: str | None = None) -> Token | None:
        token = find_token(self._cache.read(), self._target) if self._cache else None
        usable = token is not None and token.secret != refused and token.expires_on - self._clock() > _MARGIN
        return token if usable else None

    def _log_in(self, claims: str | None, refused: str | None = None) -> Token:
        """Log in, unless a parallel task did so while this one waited for the lock."""
        with self._cache.lock() if self._cache else contextlib.nullcontext():
            found = None if claims else self._cached(refused)
            if found:
                return found
            text = self._login(claims)
            token = find_token(text, self._target)
            if token is None:
                raise AuthenticationError("The login gave a token whose time of expiry cannot be read.")
            if self._cache:
                self._cache.write(text)
            return token


def find_token(text: str | None, target: str | None) -> Token | None:
    """The longest-lived access token for the target in MSAL's serialized cache; None if it is not readable as such.

    A user's token is for the scopes that Entra names. Without a target, any counts.
    """
    try:
        entries = json.loads(text or "")["AccessToken"].values()
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    tokens = [token for token in (_token(entry, target) for entry in entries) if token]
    return max(tokens, key=lambda token: token.expires_on, default=None)


def _token(entry: object, target: str | None) -> Token | None:
    if not isinstance(entry, dict) or (target and target not in str(entry.get("target", "")).split()):
        return None
    secret = entry.get("secret")
    try:
        expires_on = float(entry.get("expires_on", ""))
    except (TypeError, ValueError):
        return None
    return Token(secret, expires_on) if isinstance(secret, str) and secret else None


class CacheFile:
    """One file for one login, in a directory that only its owner may enter. Trouble with it never fails a task."""

    def __init__(self, folder: str, key: str, wait: float | None = None) -> None:
        self._wait = wait
        self._folder = folder
        self._path = os.path.join(folder, f"token-{key}.json")

    def read(self) -> str | None:
        """The content; None if there is none, or if others could have written or read it."""
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return None
        try:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o077:
                return None
            with open(handle, "rb", closefd=False) as file:
                return file.read().decode("utf-8", "replace")
        except OSError:
            return None
        finally:
            os.close(handle)

    def write(self, text: str) -> None:
        """Replace the content in one step; the file is 0600 from its beginning."""
        temporary = None
        try:
            handle, temporary = tempfile.mkstemp(prefix=".token-", dir=self._folder)
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, self._path)
        except OSError:
            if temporary:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock of this login among processes; goes on without it when it is not available in time."""
        try:
            handle = os.open(self._path + ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:
            yield
            return
        try:
            _wait_for(handle, self._wait or _LOCK_WAIT)
            yield
        finally:
            os.close(handle)


def _wait_for(handle: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                return
        except OSError:  # a file system without locks
            return
        time.sleep(_LOCK_STEP)


def cache_file(option: str, key: str, wait: float | None = None) -> CacheFile | None:
    """The cache file for `token_cache`: auto, none or a directory. Raises ConfigurationError for a directory that is
    not safe.
    """
    if option.lower() == "none":
        return None
    is_automatic = option.lower() == "auto"
    # A false or a misspelt none must not become a directory of tokens beside the playbook.
    if not is_automatic and os.sep not in option:
        raise ConfigurationError(
            f"token_cache '{option}' is neither auto, none, nor the path of a directory, which has a {os.sep} in it."
        )
    folder = _automatic_folder() if is_automatic else os.path.abspath(os.path.expanduser(option))
    # Somebody without a home has no directory of their own: ~ stays as it is.
    problem = _prepare(folder) if os.path.isabs(folder) else "there is no home directory"
    if problem and not is_automatic:
        raise ConfigurationError(
            f"token_cache '{option}' cannot be used: {problem}. Give a directory of your own with mode 0700, "
            "auto or none."
        )
    return None if problem else CacheFile(folder, key, wait)


def _automatic_folder() -> str:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime) and os.path.isdir(runtime):
        return os.path.join(runtime, _FOLDER)
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(cache if os.path.isabs(cache) else os.path.expanduser("~/.cache"), _FOLDER)


def _prepare(folder: str) -> str:
    """Create the directory if it does not exist. Returns what is wrong with it, "" when it is safe."""
    try:
        os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        state = os.lstat(folder)
    except OSError as error:
        return f"{error.strerror or error}"
    if not stat.S_ISDIR(state.st_mode):
        return "it is a symbolic link or no directory"
    if state.st_uid != os.geteuid():
        return "it belongs to somebody else"
    return "others may enter it" if state.st_mode & 0o077 else ""


def provider(
    cloud: Cloud,
    credential: Credential,
    token_cache: str,
    bounds: Bounds,
) -> TokenProvider | FixedToken:
    """The provider for a credential. Logs in only when a token is asked for and none is cached."""
    if isinstance(credential, AccessToken):
        return FixedToken(credential.token)

    is_user = isinstance(credential, DeviceCode)
    cache = cache_file(token_cache, _key(cloud, credential), _PERSON_WAIT if is_user else None)
    if is_user and cache is None:
        raise ConfigurationError(
            "device_code needs a token_cache, or each task would ask for a login: set it to auto, or to a directory of "
            "your own with mode 0700."
        )

    def log_in(claims: str | None) -> str:
        # Imported late: most tasks find a token in the cache.
        if isinstance(credential, AzureCli):
            from . import azure_cli

            return azure_cli.log_in(cloud, credential, claims, deadline(bounds.timeout))
        from .login import Login

        kept = cache.read() if cache and is_user else None
        return Login(cloud, credential, bounds)(claims, kept)

    return TokenProvider(
        log_in,
        None if is_user else target(cloud, credential),
        cache,
        kept_elsewhere=_KEPT_ELSEWHERE.get(type(credential), ""),
    )


def _key(cloud: Cloud, credential: LoginCredential) -> str:
    """Names the cache file: another application, tenant, cloud or secret is another login."""
    parts = (
        cloud.graph_url,
        cloud.authority_host,
        credential.tenant_id.lower(),
        (credential.client_id or "").lower(),
        credential.fingerprint(),
    )
    return hashlib.sha256(json.dumps(parts).encode("utf-8")).hexdigest()
