from typing import Literal

StreamInputRequestFormat = Literal["array", "ndjson"]

STREAM_INPUT_REQUEST_FORMAT_VALUES: set[StreamInputRequestFormat] = {
    "array",
    "ndjson",
}


def check_stream_input_request_format(value: str) -> StreamInputRequestFormat:
    if value in STREAM_INPUT_REQUEST_FORMAT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STREAM_INPUT_REQUEST_FORMAT_VALUES!r}"
    )
