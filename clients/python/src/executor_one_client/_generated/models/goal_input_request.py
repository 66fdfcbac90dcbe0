from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.goal_input_request_priority import (
    GoalInputRequestPriority,
    check_goal_input_request_priority,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.goal_input_request_semantic_path_item_type_1 import (
        GoalInputRequestSemanticPathItemType1,
    )
    from ..models.goal_input_request_semantic_path_item_type_2 import (
        GoalInputRequestSemanticPathItemType2,
    )
    from ..models.goal_input_request_semantic_path_item_type_3 import (
        GoalInputRequestSemanticPathItemType3,
    )
    from ..models.goal_input_request_semantic_path_item_type_4 import (
        GoalInputRequestSemanticPathItemType4,
    )
    from ..models.goal_input_request_semantic_path_item_type_5 import (
        GoalInputRequestSemanticPathItemType5,
    )


T = TypeVar("T", bound="GoalInputRequest")


@_attrs_define
class GoalInputRequest:
    """What POST /api/goals takes.

    Attributes:
        description (str): What to reach, in words; 1-10,000 characters.
        semantic_path (list[GoalInputRequestSemanticPathItemType1 | GoalInputRequestSemanticPathItemType2 |
            GoalInputRequestSemanticPathItemType3 | GoalInputRequestSemanticPathItemType4 |
            GoalInputRequestSemanticPathItemType5 | str] | Unset): Steps in order, at most 200: shell commands, descriptions
            that the planner knows, or structured steps. A text waits for all before it; a structured step for those that it
            names in dependsOn.
        priority (GoalInputRequestPriority | Unset): * `low` - Low
            * `normal` - Normal
            * `high` - High
            * `critical` - Critical Default: 'normal'.
        deadline (datetime.datetime | None | Unset): ISO 8601 with an offset, in the future.
        self_correct (bool | Unset): Try a failed task again: known fixes, retries, alternatives. False: its first
            failure is the end. Default: True.
    """

    description: str
    semantic_path: (
        list[
            GoalInputRequestSemanticPathItemType1
            | GoalInputRequestSemanticPathItemType2
            | GoalInputRequestSemanticPathItemType3
            | GoalInputRequestSemanticPathItemType4
            | GoalInputRequestSemanticPathItemType5
            | str
        ]
        | Unset
    ) = UNSET
    priority: GoalInputRequestPriority | Unset = "normal"
    deadline: datetime.datetime | None | Unset = UNSET
    self_correct: bool | Unset = True

    def to_dict(self) -> dict[str, Any]:
        from ..models.goal_input_request_semantic_path_item_type_1 import (
            GoalInputRequestSemanticPathItemType1,
        )
        from ..models.goal_input_request_semantic_path_item_type_2 import (
            GoalInputRequestSemanticPathItemType2,
        )
        from ..models.goal_input_request_semantic_path_item_type_3 import (
            GoalInputRequestSemanticPathItemType3,
        )
        from ..models.goal_input_request_semantic_path_item_type_4 import (
            GoalInputRequestSemanticPathItemType4,
        )
        from ..models.goal_input_request_semantic_path_item_type_5 import (
            GoalInputRequestSemanticPathItemType5,
        )

        description = self.description

        semantic_path: list[dict[str, Any] | str] | Unset = UNSET
        if not isinstance(self.semantic_path, Unset):
            semantic_path = []
            for semantic_path_item_data in self.semantic_path:
                semantic_path_item: dict[str, Any] | str
                if (
                    isinstance(
                        semantic_path_item_data, GoalInputRequestSemanticPathItemType1
                    )
                    or isinstance(
                        semantic_path_item_data, GoalInputRequestSemanticPathItemType2
                    )
                    or isinstance(
                        semantic_path_item_data, GoalInputRequestSemanticPathItemType3
                    )
                    or isinstance(
                        semantic_path_item_data, GoalInputRequestSemanticPathItemType4
                    )
                    or isinstance(
                        semantic_path_item_data, GoalInputRequestSemanticPathItemType5
                    )
                ):
                    semantic_path_item = semantic_path_item_data.to_dict()
                else:
                    semantic_path_item = semantic_path_item_data
                semantic_path.append(semantic_path_item)

        priority: str | Unset = UNSET
        if not isinstance(self.priority, Unset):
            priority = self.priority

        deadline: None | str | Unset
        if isinstance(self.deadline, Unset):
            deadline = UNSET
        elif isinstance(self.deadline, datetime.datetime):
            deadline = self.deadline.isoformat()
        else:
            deadline = self.deadline

        self_correct = self.self_correct

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "description": description,
            }
        )
        if semantic_path is not UNSET:
            field_dict["semanticPath"] = semantic_path
        if priority is not UNSET:
            field_dict["priority"] = priority
        if deadline is not UNSET:
            field_dict["deadline"] = deadline
        if self_correct is not UNSET:
            field_dict["selfCorrect"] = self_correct

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.goal_input_request_semantic_path_item_type_1 import (
            GoalInputRequestSemanticPathItemType1,
        )
        from ..models.goal_input_request_semantic_path_item_type_2 import (
            GoalInputRequestSemanticPathItemType2,
        )
        from ..models.goal_input_request_semantic_path_item_type_3 import (
            GoalInputRequestSemanticPathItemType3,
        )
        from ..models.goal_input_request_semantic_path_item_type_4 import (
            GoalInputRequestSemanticPathItemType4,
        )
        from ..models.goal_input_request_semantic_path_item_type_5 import (
            GoalInputRequestSemanticPathItemType5,
        )

        d = dict(src_dict)
        description = d.pop("description")

        _semantic_path = d.pop("semanticPath", UNSET)
        semantic_path: (
            list[
                GoalInputRequestSemanticPathItemType1
                | GoalInputRequestSemanticPathItemType2
                | GoalInputRequestSemanticPathItemType3
                | GoalInputRequestSemanticPathItemType4
                | GoalInputRequestSemanticPathItemType5
                | str
            ]
            | Unset
        ) = UNSET
        if _semantic_path is not UNSET:
            semantic_path = []
            for semantic_path_item_data in _semantic_path:

                def _parse_semantic_path_item(
                    data: object,
                ) -> (
                    GoalInputRequestSemanticPathItemType1
                    | GoalInputRequestSemanticPathItemType2
                    | GoalInputRequestSemanticPathItemType3
                    | GoalInputRequestSemanticPathItemType4
                    | GoalInputRequestSemanticPathItemType5
                    | str
                ):
                    try:
                        if not isinstance(data, dict):
                            raise TypeError()
                        semantic_path_item_type_1 = (
                            GoalInputRequestSemanticPathItemType1.from_dict(data)
                        )

                        return semantic_path_item_type_1
                    except (TypeError, ValueError, AttributeError, KeyError):
                        pass
                    try:
                        if not isinstance(data, dict):
                            raise TypeError()
                        semantic_path_item_type_2 = (
                            GoalInputRequestSemanticPathItemType2.from_dict(data)
                        )

                        return semantic_path_item_type_2
                    except (TypeError, ValueError, AttributeError, KeyError):
                        pass
                    try:
                        if not isinstance(data, dict):
                            raise TypeError()
                        semantic_path_item_type_3 = (
                            GoalInputRequestSemanticPathItemType3.from_dict(data)
                        )

                        return semantic_path_item_type_3
                    except (TypeError, ValueError, AttributeError, KeyError):
                        pass
                    try:
                        if not isinstance(data, dict):
                            raise TypeError()
                        semantic_path_item_type_4 = (
                            GoalInputRequestSemanticPathItemType4.from_dict(data)
                        )

                        return semantic_path_item_type_4
                    except (TypeError, ValueError, AttributeError, KeyError):
                        pass
                    try:
                        if not isinstance(data, dict):
                            raise TypeError()
                        semantic_path_item_type_5 = (
                            GoalInputRequestSemanticPathItemType5.from_dict(data)
                        )

                        return semantic_path_item_type_5
                    except (TypeError, ValueError, AttributeError, KeyError):
                        pass
                    return cast(
                        GoalInputRequestSemanticPathItemType1
                        | GoalInputRequestSemanticPathItemType2
                        | GoalInputRequestSemanticPathItemType3
                        | GoalInputRequestSemanticPathItemType4
                        | GoalInputRequestSemanticPathItemType5
                        | str,
                        data,
                    )

                semantic_path_item = _parse_semantic_path_item(semantic_path_item_data)

                semantic_path.append(semantic_path_item)

        _priority = d.pop("priority", UNSET)
        priority: GoalInputRequestPriority | Unset
        if isinstance(_priority, Unset):
            priority = UNSET
        else:
            priority = check_goal_input_request_priority(_priority)

        def _parse_deadline(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                deadline_type_0 = datetime.datetime.fromisoformat(data)

                return deadline_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        deadline = _parse_deadline(d.pop("deadline", UNSET))

        self_correct = d.pop("selfCorrect", UNSET)

        goal_input_request = cls(
            description=description,
            semantic_path=semantic_path,
            priority=priority,
            deadline=deadline,
            self_correct=self_correct,
        )

        return goal_input_request
