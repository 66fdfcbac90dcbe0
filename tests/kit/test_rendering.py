"""Bodies that are no JSON are refused in a time that grows with their length, not with its square."""

import pytest
from rest_framework.exceptions import ParseError, ValidationError

from executor_one.kit.rendering import STRING_OR_COMMENT, JsonParser
from tests.pace import cpu_seconds

KB = 1024


class Body:
    """What a parser reads."""

    def __init__(self, text):
        self.raw = text.encode()

    def read(self, most):
        return self.raw[:most]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 65 + '"' + '\\"' * 200 * KB,
        '"x"' + '\\"' * 200 * KB + "\n//",
        "[" * 65 + '"' * 400 * KB,
        "[" * 65 + '"\\\n' * 100 * KB,
        "//" * 200 * KB + "[" * 65,
        "[" * 65 + "-" * 400 * KB,
    ],
    ids=["open string", "open string and a comment", "quotes", "escaped line breaks", "comments", "signs"],
)
def test_what_is_no_json_is_refused_at_once(text):
    def refused():
        with pytest.raises((ParseError, ValidationError)):
            JsonParser().parse(body)

    body = Body(text)
    assert cpu_seconds(refused) < 2


def test_a_comment_ends_with_its_line_and_begins_in_no_string():
    text = '{"a//b\\"": 1, // no "x\n"c\\\\": "d"} // "open'
    assert STRING_OR_COMMENT.findall(text) == ['"a//b\\""', '// no "x', '"c\\\\"', '"d"', '// "open']
    assert JsonParser().parse(Body(text)) == {'a//b"': 1, "c\\": "d"}
