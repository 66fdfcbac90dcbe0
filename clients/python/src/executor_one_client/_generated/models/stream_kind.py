from typing import Literal

StreamKind = Literal["file", "http_json", "splunk_hec", "syslog"]

STREAM_KIND_VALUES: set[StreamKind] = {
    "file",
    "http_json",
    "splunk_hec",
    "syslog",
}


def check_stream_kind(value: str) -> StreamKind:
    if value in STREAM_KIND_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STREAM_KIND_VALUES!r}"
    )
