from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.goal_input_request_semantic_path_item_type_5_params_engine import (
    GoalInputRequestSemanticPathItemType5ParamsEngine,
    check_goal_input_request_semantic_path_item_type_5_params_engine,
)
from ..models.goal_input_request_semantic_path_item_type_5_params_tls import (
    GoalInputRequestSemanticPathItemType5ParamsTls,
    check_goal_input_request_semantic_path_item_type_5_params_tls,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.goal_input_request_semantic_path_item_type_5_params_params_type_1 import (
        GoalInputRequestSemanticPathItemType5ParamsParamsType1,
    )


T = TypeVar("T", bound="GoalInputRequestSemanticPathItemType5Params")


@_attrs_define
class GoalInputRequestSemanticPathItemType5Params:
    """
    Attributes:
        engine (GoalInputRequestSemanticPathItemType5ParamsEngine):
        sql (str): One statement. Bound values are %s or %(name)s (and a percent sign %% when there are any), and
            nothing else behind a %; for sqlite ? or :name. A read-only one for mysql begins with SELECT, SHOW, DESCRIBE,
            DESC, EXPLAIN, WITH, TABLE, VALUES.
        host (str | Unset): One name or IP address; not for sqlite.
        port (int | Unset): 5432 for postgresql and 3306 for mysql unless given.
        database (str | Unset):
        credential (str | Unset): Key of a credential of kind database, which names the hosts that it may be sent to.
        username (str | Unset): Instead of a credential: no password.
        tls (GoalInputRequestSemanticPathItemType5ParamsTls | Unset): encrypt (without a look at the certificate) and
            off are only for private networks that the operator has opened. Default: 'verify'.
        path (str | Unset): sqlite: a file of the workspace.
        params (GoalInputRequestSemanticPathItemType5ParamsParamsType1 | list[Any] | Unset): Values to bind, by order or
            by name: texts, numbers, true, false, null.
        read_only (bool | Unset): Asks the server for a read-only transaction. What it really holds back are the rights
            of the role that signs in. Default: True.
        max_rows (int | Unset): Rows that are answered; of a statement that writes, the rest still happens. Default:
            1000.
        max_bytes (int | Unset): Bytes of rows that are answered, as data; what is told as output is cut at 64 KiB.
            Default: 1048576.
        timeout_ms (int | Unset): When the statement is cancelled and the connection cut. Default: 10000.
    """

    engine: GoalInputRequestSemanticPathItemType5ParamsEngine
    sql: str
    host: str | Unset = UNSET
    port: int | Unset = UNSET
    database: str | Unset = UNSET
    credential: str | Unset = UNSET
    username: str | Unset = UNSET
    tls: GoalInputRequestSemanticPathItemType5ParamsTls | Unset = "verify"
    path: str | Unset = UNSET
    params: (
        GoalInputRequestSemanticPathItemType5ParamsParamsType1 | list[Any] | Unset
    ) = UNSET
    read_only: bool | Unset = True
    max_rows: int | Unset = 1000
    max_bytes: int | Unset = 1048576
    timeout_ms: int | Unset = 10000

    def to_dict(self) -> dict[str, Any]:
        engine: str = self.engine

        sql = self.sql

        host = self.host

        port = self.port

        database = self.database

        credential = self.credential

        username = self.username

        tls: str | Unset = UNSET
        if not isinstance(self.tls, Unset):
            tls = self.tls

        path = self.path

        params: dict[str, Any] | list[Any] | Unset
        if isinstance(self.params, Unset):
            params = UNSET
        elif isinstance(self.params, list):
            params = self.params

        else:
            params = self.params.to_dict()

        read_only = self.read_only

        max_rows = self.max_rows

        max_bytes = self.max_bytes

        timeout_ms = self.timeout_ms

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "engine": engine,
                "sql": sql,
            }
        )
        if host is not UNSET:
            field_dict["host"] = host
        if port is not UNSET:
            field_dict["port"] = port
        if database is not UNSET:
            field_dict["database"] = database
        if credential is not UNSET:
            field_dict["credential"] = credential
        if username is not UNSET:
            field_dict["username"] = username
        if tls is not UNSET:
            field_dict["tls"] = tls
        if path is not UNSET:
            field_dict["path"] = path
        if params is not UNSET:
            field_dict["params"] = params
        if read_only is not UNSET:
            field_dict["readOnly"] = read_only
        if max_rows is not UNSET:
            field_dict["maxRows"] = max_rows
        if max_bytes is not UNSET:
            field_dict["maxBytes"] = max_bytes
        if timeout_ms is not UNSET:
            field_dict["timeoutMs"] = timeout_ms

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.goal_input_request_semantic_path_item_type_5_params_params_type_1 import (
            GoalInputRequestSemanticPathItemType5ParamsParamsType1,
        )

        d = dict(src_dict)
        engine = check_goal_input_request_semantic_path_item_type_5_params_engine(
            d.pop("engine")
        )

        sql = d.pop("sql")

        host = d.pop("host", UNSET)

        port = d.pop("port", UNSET)

        database = d.pop("database", UNSET)

        credential = d.pop("credential", UNSET)

        username = d.pop("username", UNSET)

        _tls = d.pop("tls", UNSET)
        tls: GoalInputRequestSemanticPathItemType5ParamsTls | Unset
        if isinstance(_tls, Unset):
            tls = UNSET
        else:
            tls = check_goal_input_request_semantic_path_item_type_5_params_tls(_tls)

        path = d.pop("path", UNSET)

        def _parse_params(
            data: object,
        ) -> GoalInputRequestSemanticPathItemType5ParamsParamsType1 | list[Any] | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                params_type_0 = cast(list[Any], data)

                return params_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            params_type_1 = (
                GoalInputRequestSemanticPathItemType5ParamsParamsType1.from_dict(data)
            )

            return params_type_1

        params = _parse_params(d.pop("params", UNSET))

        read_only = d.pop("readOnly", UNSET)

        max_rows = d.pop("maxRows", UNSET)

        max_bytes = d.pop("maxBytes", UNSET)

        timeout_ms = d.pop("timeoutMs", UNSET)

        goal_input_request_semantic_path_item_type_5_params = cls(
            engine=engine,
            sql=sql,
            host=host,
            port=port,
            database=database,
            credential=credential,
            username=username,
            tls=tls,
            path=path,
            params=params,
            read_only=read_only,
            max_rows=max_rows,
            max_bytes=max_bytes,
            timeout_ms=timeout_ms,
        )

        return goal_input_request_semantic_path_item_type_5_params
