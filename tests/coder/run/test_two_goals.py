"""Two goals at once in one library, killed and resumed at random: each ends with its own plan and functions."""

import pytest

from benchmarks import two_goals


@pytest.mark.long
def test_two_goals_at_once_killed_and_resumed_end_each_with_its_own_plan_and_functions() -> None:
    right, killed = two_goals.run(2, seed=5)
    assert right == 2
    assert killed
