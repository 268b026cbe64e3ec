"""What changed from one text to another, as people and models are shown it."""

from memory.text_diff import changes

OLD = "Goal: sums\n\n1. [ ] add(a: int, b: int) -> int\n   The sum.\n   - add(1, 2) == 3\n"


def test_a_diff_shows_what_the_person_changed_and_nothing_else() -> None:
    lines = changes(OLD, OLD.replace("The sum.", "The sum, exactly.")).splitlines()
    assert "-   The sum." in lines
    assert "+   The sum, exactly." in lines
    assert not any(line.startswith(("---", "+++")) for line in lines)
    assert changes(OLD, OLD) == ""


def test_lines_that_look_like_the_head_of_a_diff_are_shown_as_well() -> None:
    assert changes("-- apart\nb\n", "++ apart\nb\n").splitlines()[1:3] == ["--- apart", "+++ apart"]
