from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.goal_input_request_semantic_path_item_type_3_params_method import (
    GoalInputRequestSemanticPathItemType3ParamsMethod,
    check_goal_input_request_semantic_path_item_type_3_params_method,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.goal_input_request_semantic_path_item_type_3_params_headers_type_0 import (
        GoalInputRequestSemanticPathItemType3ParamsHeadersType0,
    )
    from ..models.goal_input_request_semantic_path_item_type_3_params_headers_type_1_item import (
        GoalInputRequestSemanticPathItemType3ParamsHeadersType1Item,
    )
    from ..models.goal_input_request_semantic_path_item_type_3_params_query import (
        GoalInputRequestSemanticPathItemType3ParamsQuery,
    )


T = TypeVar("T", bound="GoalInputRequestSemanticPathItemType3Params")


@_attrs_define
class GoalInputRequestSemanticPathItemType3Params:
    """
    Attributes:
        url (str): https:// or http://, of a public host, without user and password.
        method (GoalInputRequestSemanticPathItemType3ParamsMethod | Unset):  Default: 'GET'.
        query (GoalInputRequestSemanticPathItemType3ParamsQuery | Unset): Added to the address; a list is the name
            several times.
        headers (GoalInputRequestSemanticPathItemType3ParamsHeadersType0 |
            list[GoalInputRequestSemanticPathItemType3ParamsHeadersType1Item] | Unset): Each once. Not these, which are ours
            to say: accept-encoding, connection, content-length, expect, host, keep-alive, proxy-authenticate, proxy-
            authorization, proxy-connection, te, trailer, transfer-encoding, upgrade.
        json (Any | Unset): The body, sent as JSON. Not together with body.
        body (str | Unset): The body as text, at most 1048576 bytes.
        expected_status (int | list[int | str] | str | Unset): What is a success: 200, "2xx", or a list of them. One
            that is named is not followed. Default: '2xx'.
        timeout_ms (int | Unset):  Default: 30000.
        redirects (int | Unset): How many are followed. With 0 the redirect is the answer. Default: 3.
        credential (str | Unset): The key of a credential.
        response_bytes (int | Unset): How much of the answer's body is kept, up to what the plan has for output.
            Default: 65536.
    """

    url: str
    method: GoalInputRequestSemanticPathItemType3ParamsMethod | Unset = "GET"
    query: GoalInputRequestSemanticPathItemType3ParamsQuery | Unset = UNSET
    headers: (
        GoalInputRequestSemanticPathItemType3ParamsHeadersType0
        | list[GoalInputRequestSemanticPathItemType3ParamsHeadersType1Item]
        | Unset
    ) = UNSET
    json: Any | Unset = UNSET
    body: str | Unset = UNSET
    expected_status: int | list[int | str] | str | Unset = "2xx"
    timeout_ms: int | Unset = 30000
    redirects: int | Unset = 3
    credential: str | Unset = UNSET
    response_bytes: int | Unset = 65536

    def to_dict(self) -> dict[str, Any]:
        from ..models.goal_input_request_semantic_path_item_type_3_params_headers_type_0 import (
            GoalInputRequestSemanticPathItemType3ParamsHeadersType0,
        )

        url = self.url

        method: str | Unset = UNSET
        if not isinstance(self.method, Unset):
            method = self.method

        query: dict[str, Any] | Unset = UNSET
        if not isinstance(self.query, Unset):
            query = self.query.to_dict()

        headers: dict[str, Any] | list[dict[str, Any]] | Unset
        if isinstance(self.headers, Unset):
            headers = UNSET
        elif isinstance(
            self.headers, GoalInputRequestSemanticPathItemType3ParamsHeadersType0
        ):
            headers = self.headers.to_dict()
        else:
            headers = []
            for headers_type_1_item_data in self.headers:
                headers_type_1_item = headers_type_1_item_data.to_dict()
                headers.append(headers_type_1_item)

        json = self.json

        body = self.body

        expected_status: int | list[int | str] | str | Unset
        if isinstance(self.expected_status, Unset):
            expected_status = UNSET
        elif isinstance(self.expected_status, list):
            expected_status = []
            for expected_status_type_1_item_data in self.expected_status:
                expected_status_type_1_item: int | str
                expected_status_type_1_item = expected_status_type_1_item_data
                expected_status.append(expected_status_type_1_item)

        else:
            expected_status = self.expected_status

        timeout_ms = self.timeout_ms

        redirects = self.redirects

        credential = self.credential

        response_bytes = self.response_bytes

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "url": url,
            }
        )
        if method is not UNSET:
            field_dict["method"] = method
        if query is not UNSET:
            field_dict["query"] = query
        if headers is not UNSET:
            field_dict["headers"] = headers
        if json is not UNSET:
            field_dict["json"] = json
        if body is not UNSET:
            field_dict["body"] = body
        if expected_status is not UNSET:
            field_dict["expectedStatus"] = expected_status
        if timeout_ms is not UNSET:
            field_dict["timeoutMs"] = timeout_ms
        if redirects is not UNSET:
            field_dict["redirects"] = redirects
        if credential is not UNSET:
            field_dict["credential"] = credential
        if response_bytes is not UNSET:
            field_dict["responseBytes"] = response_bytes

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.goal_input_request_semantic_path_item_type_3_params_headers_type_0 import (
            GoalInputRequestSemanticPathItemType3ParamsHeadersType0,
        )
        from ..models.goal_input_request_semantic_path_item_type_3_params_headers_type_1_item import (
            GoalInputRequestSemanticPathItemType3ParamsHeadersType1Item,
        )
        from ..models.goal_input_request_semantic_path_item_type_3_params_query import (
            GoalInputRequestSemanticPathItemType3ParamsQuery,
        )

        d = dict(src_dict)
        url = d.pop("url")

        _method = d.pop("method", UNSET)
        method: GoalInputRequestSemanticPathItemType3ParamsMethod | Unset
        if isinstance(_method, Unset):
            method = UNSET
        else:
            method = check_goal_input_request_semantic_path_item_type_3_params_method(
                _method
            )

        _query = d.pop("query", UNSET)
        query: GoalInputRequestSemanticPathItemType3ParamsQuery | Unset
        if isinstance(_query, Unset):
            query = UNSET
        else:
            query = GoalInputRequestSemanticPathItemType3ParamsQuery.from_dict(_query)

        def _parse_headers(
            data: object,
        ) -> (
            GoalInputRequestSemanticPathItemType3ParamsHeadersType0
            | list[GoalInputRequestSemanticPathItemType3ParamsHeadersType1Item]
            | Unset
        ):
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                headers_type_0 = (
                    GoalInputRequestSemanticPathItemType3ParamsHeadersType0.from_dict(
                        data
                    )
                )

                return headers_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, list):
                raise TypeError()
            headers_type_1 = []
            _headers_type_1 = data
            for headers_type_1_item_data in _headers_type_1:
                headers_type_1_item = GoalInputRequestSemanticPathItemType3ParamsHeadersType1Item.from_dict(
                    headers_type_1_item_data
                )

                headers_type_1.append(headers_type_1_item)

            return headers_type_1

        headers = _parse_headers(d.pop("headers", UNSET))

        json = d.pop("json", UNSET)

        body = d.pop("body", UNSET)

        def _parse_expected_status(data: object) -> int | list[int | str] | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                expected_status_type_1 = []
                _expected_status_type_1 = data
                for expected_status_type_1_item_data in _expected_status_type_1:

                    def _parse_expected_status_type_1_item(data: object) -> int | str:
                        return cast(int | str, data)

                    expected_status_type_1_item = _parse_expected_status_type_1_item(
                        expected_status_type_1_item_data
                    )

                    expected_status_type_1.append(expected_status_type_1_item)

                return expected_status_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(int | list[int | str] | str | Unset, data)

        expected_status = _parse_expected_status(d.pop("expectedStatus", UNSET))

        timeout_ms = d.pop("timeoutMs", UNSET)

        redirects = d.pop("redirects", UNSET)

        credential = d.pop("credential", UNSET)

        response_bytes = d.pop("responseBytes", UNSET)

        goal_input_request_semantic_path_item_type_3_params = cls(
            url=url,
            method=method,
            query=query,
            headers=headers,
            json=json,
            body=body,
            expected_status=expected_status,
            timeout_ms=timeout_ms,
            redirects=redirects,
            credential=credential,
            response_bytes=response_bytes,
        )

        return goal_input_request_semantic_path_item_type_3_params
