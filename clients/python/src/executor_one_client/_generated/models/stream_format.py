from typing import Literal

StreamFormat = Literal["", "array", "ndjson"]

STREAM_FORMAT_VALUES: set[StreamFormat] = {
    "",
    "array",
    "ndjson",
}


def check_stream_format(value: str) -> StreamFormat:
    if value in STREAM_FORMAT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STREAM_FORMAT_VALUES!r}"
    )
