from typing import Literal

HealthReportStatus = Literal["degraded", "healthy", "unhealthy"]

HEALTH_REPORT_STATUS_VALUES: set[HealthReportStatus] = {
    "degraded",
    "healthy",
    "unhealthy",
}


def check_health_report_status(value: str) -> HealthReportStatus:
    if value in HEALTH_REPORT_STATUS_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {HEALTH_REPORT_STATUS_VALUES!r}"
    )
