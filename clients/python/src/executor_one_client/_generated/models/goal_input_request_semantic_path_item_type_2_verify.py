from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.goal_input_request_semantic_path_item_type_2_verify_json import (
        GoalInputRequestSemanticPathItemType2VerifyJson,
    )


T = TypeVar("T", bound="GoalInputRequestSemanticPathItemType2Verify")


@_attrs_define
class GoalInputRequestSemanticPathItemType2Verify:
    """
    Attributes:
        exit_code (int | list[int] | Unset): Of a shell command; 0 unless it is said.
        status (int | list[int | str] | str | Unset): Of an HTTP answer, or a class like 2xx.
        output_contains (list[str] | str | Unset): Each of these is in stdout or stderr, in what is kept of them.
        output_matches (list[str] | str | Unset): Each of these patterns (RE2) is found in stdout or stderr; ^ and $ are
            of a line.
        file_exists (list[str] | str | Unset): Paths in the workspace, links not followed.
        json (GoalInputRequestSemanticPathItemType2VerifyJson | Unset): JSON paths ($.a.b[0]) with the value that each
            must have, in stdout or the answer.
    """

    exit_code: int | list[int] | Unset = UNSET
    status: int | list[int | str] | str | Unset = UNSET
    output_contains: list[str] | str | Unset = UNSET
    output_matches: list[str] | str | Unset = UNSET
    file_exists: list[str] | str | Unset = UNSET
    json: GoalInputRequestSemanticPathItemType2VerifyJson | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        exit_code: int | list[int] | Unset
        if isinstance(self.exit_code, Unset):
            exit_code = UNSET
        elif isinstance(self.exit_code, list):
            exit_code = self.exit_code

        else:
            exit_code = self.exit_code

        status: int | list[int | str] | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        elif isinstance(self.status, list):
            status = []
            for status_type_2_item_data in self.status:
                status_type_2_item: int | str
                status_type_2_item = status_type_2_item_data
                status.append(status_type_2_item)

        else:
            status = self.status

        output_contains: list[str] | str | Unset
        if isinstance(self.output_contains, Unset):
            output_contains = UNSET
        elif isinstance(self.output_contains, list):
            output_contains = self.output_contains

        else:
            output_contains = self.output_contains

        output_matches: list[str] | str | Unset
        if isinstance(self.output_matches, Unset):
            output_matches = UNSET
        elif isinstance(self.output_matches, list):
            output_matches = self.output_matches

        else:
            output_matches = self.output_matches

        file_exists: list[str] | str | Unset
        if isinstance(self.file_exists, Unset):
            file_exists = UNSET
        elif isinstance(self.file_exists, list):
            file_exists = self.file_exists

        else:
            file_exists = self.file_exists

        json: dict[str, Any] | Unset = UNSET
        if not isinstance(self.json, Unset):
            json = self.json.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if exit_code is not UNSET:
            field_dict["exitCode"] = exit_code
        if status is not UNSET:
            field_dict["status"] = status
        if output_contains is not UNSET:
            field_dict["outputContains"] = output_contains
        if output_matches is not UNSET:
            field_dict["outputMatches"] = output_matches
        if file_exists is not UNSET:
            field_dict["fileExists"] = file_exists
        if json is not UNSET:
            field_dict["json"] = json

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.goal_input_request_semantic_path_item_type_2_verify_json import (
            GoalInputRequestSemanticPathItemType2VerifyJson,
        )

        d = dict(src_dict)

        def _parse_exit_code(data: object) -> int | list[int] | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                exit_code_type_1 = cast(list[int], data)

                return exit_code_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(int | list[int] | Unset, data)

        exit_code = _parse_exit_code(d.pop("exitCode", UNSET))

        def _parse_status(data: object) -> int | list[int | str] | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                status_type_2 = []
                _status_type_2 = data
                for status_type_2_item_data in _status_type_2:

                    def _parse_status_type_2_item(data: object) -> int | str:
                        return cast(int | str, data)

                    status_type_2_item = _parse_status_type_2_item(
                        status_type_2_item_data
                    )

                    status_type_2.append(status_type_2_item)

                return status_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(int | list[int | str] | str | Unset, data)

        status = _parse_status(d.pop("status", UNSET))

        def _parse_output_contains(data: object) -> list[str] | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                output_contains_type_1 = cast(list[str], data)

                return output_contains_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | str | Unset, data)

        output_contains = _parse_output_contains(d.pop("outputContains", UNSET))

        def _parse_output_matches(data: object) -> list[str] | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                output_matches_type_1 = cast(list[str], data)

                return output_matches_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | str | Unset, data)

        output_matches = _parse_output_matches(d.pop("outputMatches", UNSET))

        def _parse_file_exists(data: object) -> list[str] | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                file_exists_type_1 = cast(list[str], data)

                return file_exists_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | str | Unset, data)

        file_exists = _parse_file_exists(d.pop("fileExists", UNSET))

        _json = d.pop("json", UNSET)
        json: GoalInputRequestSemanticPathItemType2VerifyJson | Unset
        if isinstance(_json, Unset):
            json = UNSET
        else:
            json = GoalInputRequestSemanticPathItemType2VerifyJson.from_dict(_json)

        goal_input_request_semantic_path_item_type_2_verify = cls(
            exit_code=exit_code,
            status=status,
            output_contains=output_contains,
            output_matches=output_matches,
            file_exists=file_exists,
            json=json,
        )

        return goal_input_request_semantic_path_item_type_2_verify
