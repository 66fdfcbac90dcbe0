from typing import Literal

StreamInputRequestKind = Literal["file", "http_json", "splunk_hec", "syslog"]

STREAM_INPUT_REQUEST_KIND_VALUES: set[StreamInputRequestKind] = {
    "file",
    "http_json",
    "splunk_hec",
    "syslog",
}


def check_stream_input_request_kind(value: str) -> StreamInputRequestKind:
    if value in STREAM_INPUT_REQUEST_KIND_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STREAM_INPUT_REQUEST_KIND_VALUES!r}"
    )
