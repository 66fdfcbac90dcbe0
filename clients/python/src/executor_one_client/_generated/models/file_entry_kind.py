from typing import Literal

FileEntryKind = Literal["directory", "file", "link", "other"]

FILE_ENTRY_KIND_VALUES: set[FileEntryKind] = {
    "directory",
    "file",
    "link",
    "other",
}


def check_file_entry_kind(value: str) -> FileEntryKind:
    if value in FILE_ENTRY_KIND_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {FILE_ENTRY_KIND_VALUES!r}"
    )
