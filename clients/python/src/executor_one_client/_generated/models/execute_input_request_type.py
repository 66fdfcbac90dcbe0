from typing import Literal

ExecuteInputRequestType = Literal[
    "database", "docker", "file-writer", "http-client", "shell"
]

EXECUTE_INPUT_REQUEST_TYPE_VALUES: set[ExecuteInputRequestType] = {
    "database",
    "docker",
    "file-writer",
    "http-client",
    "shell",
}


def check_execute_input_request_type(value: str) -> ExecuteInputRequestType:
    if value in EXECUTE_INPUT_REQUEST_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {EXECUTE_INPUT_REQUEST_TYPE_VALUES!r}"
    )
