from typing import Literal

FailureRequestActuator = Literal[
    "database", "docker", "file-writer", "http-client", "shell"
]

FAILURE_REQUEST_ACTUATOR_VALUES: set[FailureRequestActuator] = {
    "database",
    "docker",
    "file-writer",
    "http-client",
    "shell",
}


def check_failure_request_actuator(value: str) -> FailureRequestActuator:
    if value in FAILURE_REQUEST_ACTUATOR_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {FAILURE_REQUEST_ACTUATOR_VALUES!r}"
    )
