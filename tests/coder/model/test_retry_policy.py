"""How long is waited for which fault, and when it is given up."""

import email.utils

import pytest

from coder.errors import Unreachable
from coder.model.model import Wait, Watch
from coder.model.retry_policy import Fault, Kind, Retries, RetryPolicy, told_wait_s

SHORT = RetryPolicy(total_s=0.3, first_wait_s=0.02, tick_s=0.02)


def faults_until_given_up(kind: Kind, patience: RetryPolicy) -> tuple[int, Unreachable]:
    retries = Retries(patience, "http://x/v1")
    for count in range(1, 100):
        try:
            retries.pause(Fault("it broke", kind), Watch())
        except Unreachable as error:
            return count, error
    raise AssertionError("never given up")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": email.utils.formatdate(1_000_030, usegmt=True)}, 30.0),
        ({"retry-after": email.utils.formatdate(999_000, usegmt=True)}, 0.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "6m0s"}, None),
        ({"x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-reset-tokens": "1h1m1.5s", "x-ratelimit-reset-requests": "2s"}, 3661.5),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_what_an_answer_asks_to_wait_is_understood(headers: dict[str, str], seconds: float | None) -> None:
    assert told_wait_s(headers, now=1_000_000) == (None if seconds is None else pytest.approx(seconds))


def test_waits_double_and_are_told_with_what_is_left() -> None:
    told: list[Wait] = []
    retries = Retries(RetryPolicy(total_s=5, first_wait_s=0.02, tick_s=10), "http://x/v1", jitter=lambda: 0.5)
    for _ in range(3):
        retries.pause(Fault("HTTP 503", "busy"), Watch(on_wait=told.append))
    longest = {attempt: max(wait.seconds for wait in told if wait.attempt == attempt) for attempt in (2, 3, 4)}
    assert longest[4] > longest[3] > longest[2]
    assert 0.04 < longest[4] <= 0.08
    assert 5 >= told[0].total_left_s > told[-1].total_left_s


def test_a_long_wait_is_counted_down() -> None:
    told: list[Wait] = []
    Retries(RetryPolicy(tick_s=0.02), "http://x/v1").pause(Fault("slow down", "busy", 0.1), Watch(on_wait=told.append))
    assert len(told) >= 3
    assert [wait.seconds for wait in told] == sorted((wait.seconds for wait in told), reverse=True)


def test_an_endpoint_that_asks_for_more_time_than_there_is_ends_it_at_once_and_says_so() -> None:
    told: list[Wait] = []
    with pytest.raises(Unreachable, match="asks to wait 60 min, and 60 s is left for retries: HTTP 429"):
        Retries(RetryPolicy(), "http://x/v1").pause(Fault("HTTP 429", "busy", 3600), Watch(on_wait=told.append))
    assert not told


def test_a_refused_connection_is_tried_three_times() -> None:
    count, error = faults_until_given_up("refused", RetryPolicy())
    assert count == 3
    assert "http://x/v1 gave no reply: it broke (3 tries, " in error.message


def test_a_busy_endpoint_is_asked_until_the_time_is_over() -> None:
    count, error = faults_until_given_up("busy", SHORT)
    assert 2 <= count <= 12
    assert f"({count} tries, " in error.message


def test_broken_answers_are_asked_for_again_three_times_only() -> None:
    count, _ = faults_until_given_up("broken", RetryPolicy(first_wait_s=0.001))
    assert count == 4


def test_a_retry_may_be_silent_for_what_is_left_but_not_less_than_the_last_try() -> None:
    retries = Retries(RetryPolicy(read_s=120, total_s=60, last_try_s=15, first_wait_s=0.001), "http://x/v1")
    assert retries.read_s == 120
    retries.pause(Fault("no word", "silent"), Watch())
    assert 55 < retries.read_s <= 60


def test_ctrl_c_ends_a_wait() -> None:
    def press(wait: Wait) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Retries(RetryPolicy(), "http://x/v1").pause(Fault("HTTP 503", "busy", 30), Watch(on_wait=press))
