from typing import Literal

StreamInputRequestProtocol = Literal["tcp", "tls"]

STREAM_INPUT_REQUEST_PROTOCOL_VALUES: set[StreamInputRequestProtocol] = {
    "tcp",
    "tls",
}


def check_stream_input_request_protocol(value: str) -> StreamInputRequestProtocol:
    if value in STREAM_INPUT_REQUEST_PROTOCOL_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STREAM_INPUT_REQUEST_PROTOCOL_VALUES!r}"
    )
