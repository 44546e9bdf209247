# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a request is sent again, and when after that. The only retry loop of the collection."""

from __future__ import annotations

import contextlib
import enum
import math
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import TypeVar

from .answer import Answer
from .errors import IntuneError, OutOfTime

Result = TypeVar("Result")

_BACKOFF_BASE = 1.0  # seconds
_BACKOFF_CAP = 30.0  # seconds
# Intune answers some wrong input with 500, every time: waiting for the whole of retry_timeout would be in vain.
SERVER_ERROR_TRIES = 5
# An answer that cannot be used comes again from whatever stands in between, a captive portal for example.
BAD_ANSWER_TRIES = 3

THROTTLED = frozenset((429, 509))
LOCKED = frozenset((423,))
# Failures before anything was done; any other of 500 and above means what 500 does, also one that no standard names.
# https://www.rfc-editor.org/rfc/rfc9110#section-15
_NOT_BEGUN = frozenset((501, 505, 509, 511))
_PASSING = frozenset((502, 503, 504))


class Verdict(enum.Enum):
    """What an answer means for its request."""

    DONE = "done"
    AGAIN = "send it again"
    LOST = "nobody knows whether it was done"
    REFUSED = "refused permanently"


def judge(status: int, code: str = "", message: str = "", repeatable: bool = True) -> Verdict:
    """Judge an answer by its status and, where only they tell, Graph's code and text."""
    if status < 400:
        return Verdict.DONE
    if status in THROTTLED or status in LOCKED or is_concurrency(status, code, message):
        return Verdict.AGAIN  # refused before anything was done, so a create may be sent again too
    if is_outcome_unknown(status):
        return Verdict.AGAIN if repeatable else Verdict.LOST
    return Verdict.REFUSED


def is_outcome_unknown(status: int) -> bool:
    return status == 408 or (status >= 500 and status not in _NOT_BEGUN)


def is_concurrency(status: int, code: str, message: str) -> bool:
    """Directory_ConcurrencyViolation: somebody else wrote to the same object [graph facts: errors]."""
    return status == 409 and "concurrency" in f"{code} {message}".lower()


def is_query_broker(status: int, message: str) -> bool:
    """Intune's throttle that looks like an HTTP 500: its text names the query broker."""
    return status == 500 and "query broker" in message.lower()


def is_throttle(status: int, message: str, headers: Mapping[str, str]) -> bool:
    """Whether an answer asks for less of everything, so that no request of the session should follow for a while."""
    return (
        status in THROTTLED or is_query_broker(status, message) or (status == 503 and bool(headers.get("retry-after")))
    )


def tries_allowed(status: int, message: str) -> int | None:
    """How often a request with this answer is sent at most; None when only the time limits it."""
    is_passing = status < 500 or status in _PASSING or status in _NOT_BEGUN or is_query_broker(status, message)
    return None if is_passing else SERVER_ERROR_TRIES


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait according to Retry-After, rounded up; None without a value. `now`: seconds since the epoch.

    Graph sends whole and fractional seconds, HTTP allows a date [graph facts: throttling]. Zero means nothing: requests
    sent while one is throttled keep counting. A date is compared with the server's own clock where it sends that.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        until = timestamp(text)
        if until is None:
            return None
        seconds = until - (timestamp(headers.get("date", "")) or now)
    return float(math.ceil(seconds)) if math.isfinite(seconds) and seconds > 0 else None


def timestamp(http_date: str) -> float | None:
    try:
        return parsedate_to_datetime(http_date).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


class TryAgain(Exception):
    """Raised by an attempt that may be repeated.

    `errors` is what to report when there is no time left, the first of them is raised then. `wait` is in seconds, None
    for back-off; `tries` limits the number of attempts. `for_all`: the requests of other threads have to wait too.
    """

    def __init__(
        self, *errors: IntuneError, wait: float | None = None, tries: int | None = None, for_all: bool = False
    ) -> None:
        super().__init__(str(errors[0]))
        self.errors = errors
        self.wait = wait
        self.tries = tries
        self.for_all = for_all


def again_after(answer: Answer, error: IntuneError, message: str = "") -> TryAgain:
    """The repetition that an answer asks for; `message` is the text of its error."""
    return TryAgain(
        error,
        wait=retry_after(answer.headers, time.time()),
        tries=tries_allowed(answer.status, message),
        for_all=is_throttle(answer.status, message, answer.headers),
    )


def unanswered(error: IntuneError, tries: int | None) -> IntuneError | TryAgain:
    """What to raise for a request without an answer that is worth so many tries."""
    return error if tries == 1 else TryAgain(error, tries=tries)


class RetryPolicy:
    """The one budget of a task: how long it may wait for repetitions (`total` seconds) and take as a whole.

    Its requests and threads share one policy: while one has to wait because of throttling, none begins an attempt.
    Clock, sleep and chance are replaceable for tests.
    """

    def __init__(
        self,
        total: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        chance: Callable[[], float] = random.random,
        whole: float = math.inf,
    ) -> None:
        self.total = total
        self.whole = whole
        self._begun: float | None = None
        # Seconds lost to failed attempts and waits, those of several threads at the same time counted once.
        self._lost = 0.0
        self._lost_until = 0.0
        self._abandoned = threading.Event()
        self._clock = clock
        self._sleep = sleep or self._abandoned.wait
        self._chance = chance
        self._lock = threading.Lock()
        self._closed_until = 0.0

    @contextlib.contextmanager
    def abandoned(self) -> Iterator[None]:
        """Meanwhile nobody waits: attempts of other threads are not needed any more, and end with their last error."""
        self._abandoned.set()
        try:
            yield
        finally:
            self._abandoned.clear()

    def run(self, attempt: Callable[[], Result]) -> Result:
        """The attempt's result, or the error of its last TryAgain. A wait beyond the limit is not begun."""
        start = self._clock()
        tries = 0
        while True:
            self._wait_for_all()
            self._check_time()
            tries += 1
            began = self._clock()
            try:
                return attempt()
            except TryAgain as again:
                wait = self._backoff(tries) if again.wait is None else again.wait
                spent = self._clock() - start
                limit = self._exceeded(began, wait, spent)
                if limit:
                    raise self._give_up(
                        again, tries, spent, f"the next would come after {wait:.0f} s more, and {limit}"
                    ) from None
                if (again.tries is not None and tries >= again.tries) or self._abandoned.is_set():
                    raise self._give_up(again, tries, spent) from None
                if again.for_all:
                    self._close_for(wait)
                else:
                    self._sleep(wait)

    def pause(self, again: TryAgain) -> None:
        """Keep what an answer asks of everybody, as far as the limit allows, where its own request is not sent
        again.
        """
        if again.for_all and again.wait is not None and again.wait <= self.total:
            self._close_for(again.wait)

    def _check_time(self) -> None:
        """Raise OutOfTime when the task has had its time: answers that come slowly, or never end, are none to wait
        for.
        """
        self._begun = self._clock() if self._begun is None else self._begun
        if self._clock() - self._begun > self.whole:
            raise OutOfTime(
                f"The task was stopped, because its requests took more than {self.whole:.0f} s (option task_timeout). "
                "Run again to go on; give it more time if the server is slow."
            )

    def _exceeded(self, began: float, wait: float, spent: float) -> str:
        """Take a failed attempt and the wait after it from the budget; return the limit that they exceed, "" for
        none.
        """
        with self._lock:
            end = self._clock() + wait
            lost = self._lost + max(end - max(began, self._lost_until), 0.0)
            if lost > self.total:
                others = f", and the task has used {self._lost:.0f} s of them" if self._lost > spent + 0.5 else ""
                return f"retry_timeout is {self.total:.0f} s{others}"
            if end - (self._begun or 0.0) > self.whole:
                return f"task_timeout is {self.whole:.0f} s"
            self._lost, self._lost_until = lost, max(end, self._lost_until)
            return ""

    def _close_for(self, wait: float) -> None:
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock() + wait)

    def _wait_for_all(self) -> None:
        """Wait until no thread has to wait; another may have to in the meantime."""
        until = 0.0
        while until != self._closed_until and not self._abandoned.is_set():
            until = self._closed_until
            left = until - self._clock()
            if left > 0:
                self._sleep(left)

    def _backoff(self, tries: int) -> float:
        """Exponential with full jitter, so that parallel tasks do not come back together."""
        return self._chance() * min(_BACKOFF_CAP, _BACKOFF_BASE * 2.0 ** min(tries - 1, 10))

    def _give_up(self, again: TryAgain, tries: int, spent: float, why: str = "") -> IntuneError:
        text = f"Given up after {tries} {'try' if tries == 1 else 'tries'} in {spent:.0f} s"
        for error in again.errors:
            error.append(f"{text}; {why}." if why else f"{text}.")
        return again.errors[0]
