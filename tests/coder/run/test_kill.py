"""Runs killed at random instants and resumed: the same end, nothing asked or paid twice; and the counting itself."""

import pytest

from benchmarks import kill

GOOD = kill.Good(["the end"], ["model:plan:2", "person:plan", "model:control:2", "model:f:2", "person:f:80"], 0.1)


@pytest.mark.long
def test_killed_runs_end_like_an_undisturbed_one_and_nothing_is_asked_or_paid_twice() -> None:
    tally = kill.run(5, seed=11)
    counts = (tally.runs, tally.finished, tally.identical, tally.fsck_clean)
    assert counts == (5, 5, 5, 5)
    assert (tally.asked_again, tally.paid_again, tally.astray) == (0, 0, 0)
    assert tally.kills >= 5
    assert len(tally.places) >= 2


def test_what_is_asked_or_paid_again_would_be_counted() -> None:
    for before, questions, expected in (
        (0, GOOD.questions, (0, 0, 0)),
        (2, ["model:control:2", "model:f:2"], (0, 0, 0)),
        (2, ["model:plan:2", "person:plan", "model:control:2"], (1, 1, 1)),
        (5, ["person:f:80"], (1, 0, 0)),
        (3, ["model:g:2"], (0, 0, 1)),
    ):
        tally = kill.Tally()
        kill.count(questions, before, GOOD, tally)
        assert (tally.asked_again, tally.paid_again, tally.astray) == expected
