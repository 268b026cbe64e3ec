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


def said(run: str, flow: str, result: str, text: str) -> str:
    return log.render(log.Line("2026-11-21T02:20:31Z", run, 1, flow, result, text)) + "\n"


def test_of_a_run_that_ended_only_its_end_is_told() -> None:
    text = said("1", "save_code", "ok", "Saved a.") + said("1", "boss", "done", "a counts.") + "ask Ada\n"
    text += said("2", "save_code", "ok", "Saved b.") + said("2", "boss", "unfinished", "b is not there.")
    assert log.digest(text, 5) == ["2026-11-21 done: a counts.", "ask Ada", "2026-11-21 unfinished: b is not there."]
    assert log.digest(text, 1) == ["2026-11-21 unfinished: b is not there."]


def test_of_a_run_without_an_end_every_line_is_told() -> None:
    text = (
        said("1", "boss", "done", "a counts.") + said("2", "save_code", "ok", "Saved b.") + said("2", "control", "", "")
    )
    assert log.digest(text, 5) == [
        "2026-11-21 done: a counts.",
        "2026-11-21 save_code ok: Saved b.",
        "2026-11-21 control:",
    ]


def test_an_empty_log_tells_nothing() -> None:
    assert log.digest("", 5) == []
    assert log.digest("one\n", 0) == []
