from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.goal_input_request_semantic_path_item_type_4_params_action import (
    GoalInputRequestSemanticPathItemType4ParamsAction,
    check_goal_input_request_semantic_path_item_type_4_params_action,
)
from ..models.goal_input_request_semantic_path_item_type_4_params_network import (
    GoalInputRequestSemanticPathItemType4ParamsNetwork,
    check_goal_input_request_semantic_path_item_type_4_params_network,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.goal_input_request_semantic_path_item_type_4_params_env import (
        GoalInputRequestSemanticPathItemType4ParamsEnv,
    )


T = TypeVar("T", bound="GoalInputRequestSemanticPathItemType4Params")


@_attrs_define
class GoalInputRequestSemanticPathItemType4Params:
    """
    Attributes:
        action (GoalInputRequestSemanticPathItemType4ParamsAction):
        engine (str | Unset): One of the operator's engines by its name; the first one unless given.
        image (str | Unset): run, pull: one that the operator allows, or own/name:tag that you built. remove: one of
            your own.
        command (list[str] | str | Unset): A text is run by the image's /bin/sh -c; a list goes to the image's entry
            point. The image's own unless given; exec needs one.
        env (GoalInputRequestSemanticPathItemType4ParamsEnv | Unset): Variables of the command.
        workdir (str | Unset): An absolute path; /workspace where files or outputs are named.
        user (str | Unset): Numbers, like 1000 or 1000:1000; never 0. 65534:65534 unless given.
        detach (bool | Unset): Leave it running when the task ends, until lifeMs are over or it is removed. Default:
            False.
        name (str | Unset): What a detached one is called afterwards, and by its neighbours in a private network.
        life_ms (int | Unset): When a detached one is removed, whatever it does. Default: 600000.
        network (GoalInputRequestSemanticPathItemType4ParamsNetwork | Unset): private: with your other containers of
            this network, and nobody else; there is no way out. Default: 'none'.
        files (list[str] | Unset): Files and directories of the workspace that are copied to /workspace; . is all of it.
        outputs (list[str] | Unset): Files and directories below /workspace that are copied into the workspace
            afterwards.
        memory_mi_b (int | Unset): Less memory than the task may use.
        cpus (float | Unset): Less processors than the task may use.
        pids (int | Unset): Fewer processes than the task may have.
        container (str | Unset): A container of yours: its name, or its id (12 digits at least).
        tail (int | Unset): The last lines. Default: 1000.
        grace_seconds (int | Unset): Between asking it to end and killing it. Default: 5.
        credential (str | Unset): Key of a credential of kind registry, which names the hosts that it is for.
        context (str | Unset): A directory of the workspace; all of it unless given.
        dockerfile (str | Unset): A file of the workspace; Dockerfile in the context unless given.
        tag (str | Unset): name or name:tag; afterwards the image is called own/name:tag.
    """

    action: GoalInputRequestSemanticPathItemType4ParamsAction
    engine: str | Unset = UNSET
    image: str | Unset = UNSET
    command: list[str] | str | Unset = UNSET
    env: GoalInputRequestSemanticPathItemType4ParamsEnv | Unset = UNSET
    workdir: str | Unset = UNSET
    user: str | Unset = UNSET
    detach: bool | Unset = False
    name: str | Unset = UNSET
    life_ms: int | Unset = 600000
    network: GoalInputRequestSemanticPathItemType4ParamsNetwork | Unset = "none"
    files: list[str] | Unset = UNSET
    outputs: list[str] | Unset = UNSET
    memory_mi_b: int | Unset = UNSET
    cpus: float | Unset = UNSET
    pids: int | Unset = UNSET
    container: str | Unset = UNSET
    tail: int | Unset = 1000
    grace_seconds: int | Unset = 5
    credential: str | Unset = UNSET
    context: str | Unset = UNSET
    dockerfile: str | Unset = UNSET
    tag: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        action: str = self.action

        engine = self.engine

        image = self.image

        command: list[str] | str | Unset
        if isinstance(self.command, Unset):
            command = UNSET
        elif isinstance(self.command, list):
            command = self.command

        else:
            command = self.command

        env: dict[str, Any] | Unset = UNSET
        if not isinstance(self.env, Unset):
            env = self.env.to_dict()

        workdir = self.workdir

        user = self.user

        detach = self.detach

        name = self.name

        life_ms = self.life_ms

        network: str | Unset = UNSET
        if not isinstance(self.network, Unset):
            network = self.network

        files: list[str] | Unset = UNSET
        if not isinstance(self.files, Unset):
            files = self.files

        outputs: list[str] | Unset = UNSET
        if not isinstance(self.outputs, Unset):
            outputs = self.outputs

        memory_mi_b = self.memory_mi_b

        cpus = self.cpus

        pids = self.pids

        container = self.container

        tail = self.tail

        grace_seconds = self.grace_seconds

        credential = self.credential

        context = self.context

        dockerfile = self.dockerfile

        tag = self.tag

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "action": action,
            }
        )
        if engine is not UNSET:
            field_dict["engine"] = engine
        if image is not UNSET:
            field_dict["image"] = image
        if command is not UNSET:
            field_dict["command"] = command
        if env is not UNSET:
            field_dict["env"] = env
        if workdir is not UNSET:
            field_dict["workdir"] = workdir
        if user is not UNSET:
            field_dict["user"] = user
        if detach is not UNSET:
            field_dict["detach"] = detach
        if name is not UNSET:
            field_dict["name"] = name
        if life_ms is not UNSET:
            field_dict["lifeMs"] = life_ms
        if network is not UNSET:
            field_dict["network"] = network
        if files is not UNSET:
            field_dict["files"] = files
        if outputs is not UNSET:
            field_dict["outputs"] = outputs
        if memory_mi_b is not UNSET:
            field_dict["memoryMiB"] = memory_mi_b
        if cpus is not UNSET:
            field_dict["cpus"] = cpus
        if pids is not UNSET:
            field_dict["pids"] = pids
        if container is not UNSET:
            field_dict["container"] = container
        if tail is not UNSET:
            field_dict["tail"] = tail
        if grace_seconds is not UNSET:
            field_dict["graceSeconds"] = grace_seconds
        if credential is not UNSET:
            field_dict["credential"] = credential
        if context is not UNSET:
            field_dict["context"] = context
        if dockerfile is not UNSET:
            field_dict["dockerfile"] = dockerfile
        if tag is not UNSET:
            field_dict["tag"] = tag

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.goal_input_request_semantic_path_item_type_4_params_env import (
            GoalInputRequestSemanticPathItemType4ParamsEnv,
        )

        d = dict(src_dict)
        action = check_goal_input_request_semantic_path_item_type_4_params_action(
            d.pop("action")
        )

        engine = d.pop("engine", UNSET)

        image = d.pop("image", UNSET)

        def _parse_command(data: object) -> list[str] | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                command_type_1 = cast(list[str], data)

                return command_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | str | Unset, data)

        command = _parse_command(d.pop("command", UNSET))

        _env = d.pop("env", UNSET)
        env: GoalInputRequestSemanticPathItemType4ParamsEnv | Unset
        if isinstance(_env, Unset):
            env = UNSET
        else:
            env = GoalInputRequestSemanticPathItemType4ParamsEnv.from_dict(_env)

        workdir = d.pop("workdir", UNSET)

        user = d.pop("user", UNSET)

        detach = d.pop("detach", UNSET)

        name = d.pop("name", UNSET)

        life_ms = d.pop("lifeMs", UNSET)

        _network = d.pop("network", UNSET)
        network: GoalInputRequestSemanticPathItemType4ParamsNetwork | Unset
        if isinstance(_network, Unset):
            network = UNSET
        else:
            network = check_goal_input_request_semantic_path_item_type_4_params_network(
                _network
            )

        files = cast(list[str], d.pop("files", UNSET))

        outputs = cast(list[str], d.pop("outputs", UNSET))

        memory_mi_b = d.pop("memoryMiB", UNSET)

        cpus = d.pop("cpus", UNSET)

        pids = d.pop("pids", UNSET)

        container = d.pop("container", UNSET)

        tail = d.pop("tail", UNSET)

        grace_seconds = d.pop("graceSeconds", UNSET)

        credential = d.pop("credential", UNSET)

        context = d.pop("context", UNSET)

        dockerfile = d.pop("dockerfile", UNSET)

        tag = d.pop("tag", UNSET)

        goal_input_request_semantic_path_item_type_4_params = cls(
            action=action,
            engine=engine,
            image=image,
            command=command,
            env=env,
            workdir=workdir,
            user=user,
            detach=detach,
            name=name,
            life_ms=life_ms,
            network=network,
            files=files,
            outputs=outputs,
            memory_mi_b=memory_mi_b,
            cpus=cpus,
            pids=pids,
            container=container,
            tail=tail,
            grace_seconds=grace_seconds,
            credential=credential,
            context=context,
            dockerfile=dockerfile,
            tag=tag,
        )

        return goal_input_request_semantic_path_item_type_4_params
