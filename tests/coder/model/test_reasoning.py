"""What a model thinks aloud is no part of its answer, whatever marks it puts around it; what it answers all is."""

import pytest

from coder.model.reasoning import without_thoughts

IDEA = "A first idea:\n1. [ ] twice(x: int) -> int\n   - twice(2) == 4\nNo, that adds.\n"


@pytest.mark.parametrize(
    "before",
    [
        f"<think>\n{IDEA}</think>\n\n",
        f"{IDEA}</think>\n\n",  # opened by the template, in the prompt
        f"<think>{IDEA}</think>\n<think>\n{IDEA}</think>\n",
        f"Let me see.\n<think>\n{IDEA}</think>\n\n",
        f"<thought>\n{IDEA}</thought>\n\n",
        f"<THINKING>{IDEA}</THINKING>\n",
        f"<reasoning>\n{IDEA}</reasoning>\n",
        f"[THINK]{IDEA}[/THINK]\n",
        f"<|begin_of_thought|>{IDEA}<|end_of_thought|>\n",
        f"◁think▷{IDEA}◁/think▷\n",
        "<think></think>\n",
        "<think>one line</think> ",
        f"<|channel|>analysis<|message|>{IDEA}<|end|><|start|>assistant<|channel|>final<|message|>",
    ],
)
def test_thoughts_before_an_answer_are_cut_off(before: str) -> None:
    answer = "1. [ ] double(x: int) -> int\n   - double(2) == 4\n"
    assert without_thoughts(before + answer).strip() == answer.strip()


@pytest.mark.parametrize(
    "text", ["<think> for ever", "<think>\n```python\ndef f(): ...\n```\nHmm, wait", IDEA + "</think>"]
)
def test_nothing_but_thoughts_is_no_answer(text: str) -> None:
    assert without_thoughts(text) == ""


@pytest.mark.parametrize(
    "answer",
    [
        '```python\ndef cut(text: str) -> str:\n    return re.sub("<think>.*?</think>", "", text)\n```\n',
        '- cut("<think>a</think>b") == "b"\n',
        "  indented, as it came\n",
        "The analysis<b> and </b>",
        "",
    ],
)
def test_an_answer_that_speaks_of_such_marks_is_left_as_it_is(answer: str) -> None:
    assert without_thoughts(answer) == answer


def test_commands_in_channels_are_kept_for_whoever_reads_them() -> None:
    text = "<|channel|>analysis<|message|>hm<|end|><|channel|>commentary to=functions.finish <|message|>{}<|call|>"
    assert without_thoughts(text) == "<|channel|>commentary to=functions.finish <|message|>{}"
