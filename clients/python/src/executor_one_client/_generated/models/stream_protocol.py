from typing import Literal

StreamProtocol = Literal["", "tcp", "tls"]

STREAM_PROTOCOL_VALUES: set[StreamProtocol] = {
    "",
    "tcp",
    "tls",
}


def check_stream_protocol(value: str) -> StreamProtocol:
    if value in STREAM_PROTOCOL_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STREAM_PROTOCOL_VALUES!r}"
    )
