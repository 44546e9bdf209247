# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is tried again, after how long, and when it ends."""

from __future__ import annotations

import random
from email.utils import formatdate

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import ConnectionFailed, IntuneError
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.retry import (
    RetryPolicy,
    TryAgain,
    Verdict,
    judge,
    retry_after,
    tries_allowed,
)
from tests.unit.plugins.module_utils.graph.server import FakeTime

NOW = 1_790_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("2.128", 3.0),
        (" 1 ", 1.0),
        ("0", None),
        ("0.0", None),
        ("-5", None),
        ("", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        (formatdate(NOW + 12.0, usegmt=True), 12.0),
        (formatdate(NOW - 12.0, usegmt=True), None),
    ],
)
def test_retry_after_in_all_its_forms(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == seconds


def test_an_answer_without_retry_after_asks_for_no_wait() -> None:
    assert retry_after({}, NOW) is None


def test_a_date_is_measured_by_the_servers_clock() -> None:
    headers = {"retry-after": formatdate(NOW + 20.0, usegmt=True), "date": formatdate(NOW, usegmt=True)}
    assert retry_after(headers, NOW + 9999.0) == 20.0


@pytest.mark.parametrize(
    ("status", "code", "message", "repeatable", "unrepeatable"),
    [
        (200, "", "", Verdict.DONE, Verdict.DONE),
        (204, "", "", Verdict.DONE, Verdict.DONE),
        (400, "BadRequest", "no", Verdict.REFUSED, Verdict.REFUSED),
        (401, "", "", Verdict.REFUSED, Verdict.REFUSED),
        (404, "", "", Verdict.REFUSED, Verdict.REFUSED),
        (408, "", "", Verdict.AGAIN, Verdict.LOST),
        (409, "Conflict", "already exists", Verdict.REFUSED, Verdict.REFUSED),
        (409, "Directory_ConcurrencyViolation", "", Verdict.AGAIN, Verdict.AGAIN),
        (409, "Conflict", "A Concurrency violation", Verdict.AGAIN, Verdict.AGAIN),
        (423, "", "", Verdict.AGAIN, Verdict.AGAIN),
        (429, "TooManyRequests", "", Verdict.AGAIN, Verdict.AGAIN),
        (500, "", "", Verdict.AGAIN, Verdict.LOST),
        (501, "", "", Verdict.REFUSED, Verdict.REFUSED),
        (502, "", "", Verdict.AGAIN, Verdict.LOST),
        (503, "", "", Verdict.AGAIN, Verdict.LOST),
        (504, "", "", Verdict.AGAIN, Verdict.LOST),
        (505, "", "", Verdict.REFUSED, Verdict.REFUSED),
        (511, "", "", Verdict.REFUSED, Verdict.REFUSED),
        (520, "", "", Verdict.AGAIN, Verdict.LOST),
        (599, "", "", Verdict.AGAIN, Verdict.LOST),
        (999, "", "", Verdict.AGAIN, Verdict.LOST),
        (509, "", "", Verdict.AGAIN, Verdict.AGAIN),
    ],
)
def test_each_failure_is_repeated_or_final(
    status: int, code: str, message: str, repeatable: Verdict, unrepeatable: Verdict
) -> None:
    assert judge(status, code, message, True) is repeatable
    assert judge(status, code, message, False) is unrepeatable


def test_only_a_plain_or_unknown_failure_is_tried_a_few_times_only() -> None:
    assert tries_allowed(500, "An error has occurred") == 5
    assert tries_allowed(500, "Exception in the Query Broker layer") is None
    assert tries_allowed(503, "") is None
    assert tries_allowed(429, "") is None
    assert tries_allowed(520, "") == 5


class Failing:
    def __init__(self, failures: int, wait: float | None = None, tries: int | None = None) -> None:
        self.failures = failures
        self.wait = wait
        self.tries = tries
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        if self.count <= self.failures:
            raise TryAgain(ConnectionFailed("Broken."), wait=self.wait, tries=self.tries)
        return "done"


def test_back_off_doubles_to_a_cap(policy: RetryPolicy, fake_time: FakeTime) -> None:
    assert policy.run(Failing(8)) == "done"
    assert fake_time.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_back_off_has_full_jitter(fake_time: FakeTime) -> None:
    chance = random.Random(7)
    RetryPolicy(1e6, fake_time.clock, fake_time.sleep, chance.random).run(Failing(200))
    late = fake_time.slept[5:]
    assert min(late) < 3.0
    assert max(late) > 27.0


def test_the_servers_wish_goes_before_back_off(policy: RetryPolicy, fake_time: FakeTime) -> None:
    policy.run(Failing(2, wait=7.0))
    assert fake_time.slept == [7.0, 7.0]


def test_a_wait_beyond_the_limit_is_not_begun(policy: RetryPolicy, fake_time: FakeTime) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        policy.run(Failing(9, wait=120.0))
    assert fake_time.slept == [120.0, 120.0]
    assert str(caught.value) == (
        "Broken. Given up after 3 tries in 240 s; the next would come after 120 s more, and retry_timeout is 300 s."
    )


def test_tries_can_be_limited(policy: RetryPolicy, fake_time: FakeTime) -> None:
    attempt = Failing(9, tries=3)
    with pytest.raises(ConnectionFailed, match="Given up after 3 tries in 3 s"):
        policy.run(attempt)
    assert attempt.count == 3
    assert fake_time.slept == [1.0, 2.0]


def test_other_errors_end_at_once(policy: RetryPolicy, fake_time: FakeTime) -> None:
    def attempt() -> None:
        raise IntuneError("final")

    with pytest.raises(IntuneError, match="final"):
        policy.run(attempt)
    assert fake_time.slept == []


def test_no_time_for_retries_means_one_try(fake_time: FakeTime) -> None:
    attempt = Failing(1)
    with pytest.raises(ConnectionFailed, match="after 1 try"):
        RetryPolicy(0.0, fake_time.clock, fake_time.sleep, lambda: 1.0).run(attempt)
    assert attempt.count == 1
