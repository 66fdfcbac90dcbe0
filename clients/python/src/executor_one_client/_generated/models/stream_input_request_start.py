from typing import Literal

StreamInputRequestStart = Literal["beginning", "now"]

STREAM_INPUT_REQUEST_START_VALUES: set[StreamInputRequestStart] = {
    "beginning",
    "now",
}


def check_stream_input_request_start(value: str) -> StreamInputRequestStart:
    if value in STREAM_INPUT_REQUEST_START_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STREAM_INPUT_REQUEST_START_VALUES!r}"
    )
