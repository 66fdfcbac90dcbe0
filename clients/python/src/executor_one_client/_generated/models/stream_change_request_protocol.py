from typing import Literal

StreamChangeRequestProtocol = Literal["tcp", "tls"]

STREAM_CHANGE_REQUEST_PROTOCOL_VALUES: set[StreamChangeRequestProtocol] = {
    "tcp",
    "tls",
}


def check_stream_change_request_protocol(value: str) -> StreamChangeRequestProtocol:
    if value in STREAM_CHANGE_REQUEST_PROTOCOL_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STREAM_CHANGE_REQUEST_PROTOCOL_VALUES!r}"
    )
