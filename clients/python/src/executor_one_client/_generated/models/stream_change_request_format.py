from typing import Literal

StreamChangeRequestFormat = Literal["array", "ndjson"]

STREAM_CHANGE_REQUEST_FORMAT_VALUES: set[StreamChangeRequestFormat] = {
    "array",
    "ndjson",
}


def check_stream_change_request_format(value: str) -> StreamChangeRequestFormat:
    if value in STREAM_CHANGE_REQUEST_FORMAT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STREAM_CHANGE_REQUEST_FORMAT_VALUES!r}"
    )
