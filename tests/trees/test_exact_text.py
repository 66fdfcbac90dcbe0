"""What a tree may overlook in a goal's text: nothing that a task could hold (E-R19)."""

import pytest

from tests.trees.test_slots import after, command


@pytest.mark.parametrize(("first", "said", "second"), [
    ("Open out-1 and write the text hello!", "hello!", "Open out-1 and write the text hello"),
    ("Open out-1 and write the text hello", "hello", "Open out-1 and write the text hello!"),
    ("Open out-1 and write the text hello", "hello", "Open out-1 and write the text hello?"),
    ("Open out-1 and write the text hello?", "hello?", "Open out-1 and write the text hello"),
    ("Open out-1 and write the text hello.", "hello.", "Open out-1 and write the text hello"),
    ("Open out-1 and write the text hello..", "hello..", "Open out-1 and write the text hello."),
    ("Open out-1 and write the text Hello", "Hello", "Open out-1 and write the text hello"),
    ("Open out-1 and write the text HELLO", "HELLO", "Open out-1 and write the text Hello"),
    ("Open out-1 and write hello  there", "hello  there", "Open out-1 and write hello there"),
    ("Hello is the text of out-1", "Hello", "hello is the text of out-1"),
    ("hello is the text of out-1", "hello", "Hello is the text of out-1"),
    ("Write caf\u00e9 to out-1", "caf\u00e9", "Write cafe\u0301 to out-1"),
    ("Write v1.2.", "v1.2.", "Write v1.2"),
    ("Delete US data of out-1", "drop --country 840", "Delete us data of out-1"),
])  # fmt: skip
def test_E_R19_a_text_written_differently_does_not_get_the_others_tasks(first, said, second):
    account = after((first, f"put '{said}' out-1"))
    assert command(account, first) == f"put '{said}' out-1"
    assert command(account, second) is None


@pytest.mark.parametrize("second", [
    "restart out-1 and look", "Restart  out-1\tand look", "Restart out-1 and look.", "  Restart out-1 and look \n",
])  # fmt: skip
def test_what_carries_no_meaning_is_overlooked(second):
    assert command(after(("Restart out-1 and look", "svc restart out-1")), second) == "svc restart out-1"


def test_a_full_stop_of_the_first_success_is_overlooked_where_no_task_holds_it():
    assert command(after(("Restart out-1 and look.", "svc restart out-1")), "Restart out-1 and look")


def test_blanks_inside_quotes_are_the_texts_own():
    account = after(('Write "a b" now', "put 'a b'"), ('Write "c d" now', "put 'c d'"))
    assert command(account, 'Write "a  b" now') is None
