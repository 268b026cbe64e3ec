"""The log: a line a branch, whatever the values hold and whatever a person did to the file."""

from memory import log

LINE = log.Line("2026-11-21T02:20:31Z", "3f2a", 2, "write_code", "green", "parse_duration: 6 tests, 1 repair")
TEXT = "2026-11-21T02:20:31Z  run 3f2a  round 2  write_code  green  parse_duration: 6 tests, 1 repair"


def test_a_line_reads_like_a_sentence_and_is_read_back() -> None:
    assert log.render(LINE) == TEXT
    assert log.parse(TEXT + "\n") == [LINE]


def test_no_value_can_break_the_line() -> None:
    line = log.Line("2026-11-21T02:20:31Z", "3f2a", 1, "a flow", "not\nok", "first\r\nsecond\t\x0bthird\u2028fourth")
    text = log.render(line)
    assert len(text.splitlines()) == 1
    (read,) = log.parse(text)
    assert (read.flow, read.result, read.text) == ("a_flow", "not_ok", "first second third fourth")


def test_a_long_text_is_cut() -> None:
    text = log.render(log.Line("2026-11-21T02:20:31Z", "3f2a", 1, "finish", "done", "word " * 1000))
    assert len(text) < 400
    assert text.endswith("…")


def test_empty_values_come_back_empty() -> None:
    line = log.Line("", "", 0, "", "", "")
    assert log.parse(log.render(line)) == [line]


def test_lines_that_a_person_wrote_are_kept_as_text() -> None:
    text = f"# a heading of mine\n\n  {TEXT}\nremember to ask Ada\n2026-11-21  half a line\n" + TEXT.replace("  ", "\t")
    lines = log.parse(text)
    assert lines[0] == LINE
    assert lines[1].text == "remember to ask Ada"
    assert lines[2].text == "2026-11-21 half a line"
    assert lines[3] == LINE


def test_other_ways_to_write_the_time_are_understood() -> None:
    (line,) = log.parse(TEXT.replace("02:20:31Z", "02:20+01:00"))
    assert (line.time, line.run) == ("2026-11-21T02:20+01:00", "3f2a")


def test_the_tail_is_the_last_lines_that_say_something() -> None:
    assert log.tail("one\n\ntwo\n  \nthree\n", 2) == ["two", "three"]
    assert log.tail("", 5) == []
    assert log.tail("one\n", 0) == []
