"""Contains all the data models used in inputs/outputs"""

from .account import Account
from .account_brief import AccountBrief
from .account_input_request import AccountInputRequest
from .account_limits import AccountLimits
from .action_count import ActionCount
from .activity import Activity
from .activity_actor_type import ActivityActorType
from .activity_input_request import ActivityInputRequest
from .activity_input_request_actor_type import ActivityInputRequestActorType
from .activity_input_request_metadata import ActivityInputRequestMetadata
from .activity_log_list_actor_type import ActivityLogListActorType
from .activity_metadata import ActivityMetadata
from .activity_statistics import ActivityStatistics
from .activity_statistics_by_actor_type import ActivityStatisticsByActorType
from .address import Address
from .api_request import ApiRequest
from .attempt import Attempt
from .attempt_outcome import AttemptOutcome
from .attempt_output import AttemptOutput
from .attempt_rung import AttemptRung
from .audit_event import AuditEvent
from .audit_event_data import AuditEventData
from .audit_events import AuditEvents
from .audit_events_chain import AuditEventsChain
from .audit_events_order import AuditEventsOrder
from .audit_heads_chain import AuditHeadsChain
from .audit_heads_order import AuditHeadsOrder
from .audit_key import AuditKey
from .audit_key_algorithm import AuditKeyAlgorithm
from .audit_keys import AuditKeys
from .billed_usage import BilledUsage
from .billing_webhook_body import BillingWebhookBody
from .cancel_input_request import CancelInputRequest
from .change_input_request import ChangeInputRequest
from .check import Check
from .correction import Correction
from .correction_input_request import CorrectionInputRequest
from .correction_source import CorrectionSource
from .cost import Cost
from .cost_kind import CostKind
from .credential import Credential
from .credential_deleted import CredentialDeleted
from .credential_input_request import CredentialInputRequest
from .credential_input_request_kind import CredentialInputRequestKind
from .credential_input_request_value_type_1 import CredentialInputRequestValueType1
from .credential_kind import CredentialKind
from .credential_shown import CredentialShown
from .credential_shown_kind import CredentialShownKind
from .credential_shown_value_type_1 import CredentialShownValueType1
from .credit_left import CreditLeft
from .day_count import DayCount
from .delivery import Delivery
from .delivery_shown import DeliveryShown
from .delivery_shown_payload import DeliveryShownPayload
from .delivery_shown_state import DeliveryShownState
from .delivery_state import DeliveryState
from .duplicate import Duplicate
from .duplicate_kind import DuplicateKind
from .economics import Economics
from .egress_input_request import EgressInputRequest
from .egress_shown import EgressShown
from .entry import Entry
from .entry_kind import EntryKind
from .events_stream_response_200 import EventsStreamResponse200
from .execute_input_request import ExecuteInputRequest
from .execute_input_request_params import ExecuteInputRequestParams
from .execute_input_request_type import ExecuteInputRequestType
from .execute_input_request_verify_type_0 import ExecuteInputRequestVerifyType0
from .execute_output import ExecuteOutput
from .execute_result import ExecuteResult
from .execute_result_data_type_0 import ExecuteResultDataType0
from .executor_state import ExecutorState
from .executor_state_history import ExecutorStateHistory
from .executor_state_point import ExecutorStatePoint
from .failure_request import FailureRequest
from .failure_request_actuator import FailureRequestActuator
from .file_entry import FileEntry
from .file_entry_kind import FileEntryKind
from .file_list import FileList
from .forgot_input_request import ForgotInputRequest
from .goal import Goal
from .goal_created import GoalCreated
from .goal_error import GoalError
from .goal_input_request import GoalInputRequest
from .goal_input_request_priority import GoalInputRequestPriority
from .goal_input_request_semantic_path_item_type_1 import (
    GoalInputRequestSemanticPathItemType1,
)
from .goal_input_request_semantic_path_item_type_1_params import (
    GoalInputRequestSemanticPathItemType1Params,
)
from .goal_input_request_semantic_path_item_type_1_type import (
    GoalInputRequestSemanticPathItemType1Type,
)
from .goal_input_request_semantic_path_item_type_1_verify import (
    GoalInputRequestSemanticPathItemType1Verify,
)
from .goal_input_request_semantic_path_item_type_1_verify_json import (
    GoalInputRequestSemanticPathItemType1VerifyJson,
)
from .goal_input_request_semantic_path_item_type_2 import (
    GoalInputRequestSemanticPathItemType2,
)
from .goal_input_request_semantic_path_item_type_2_params import (
    GoalInputRequestSemanticPathItemType2Params,
)
from .goal_input_request_semantic_path_item_type_2_params_action import (
    GoalInputRequestSemanticPathItemType2ParamsAction,
)
from .goal_input_request_semantic_path_item_type_2_type import (
    GoalInputRequestSemanticPathItemType2Type,
)
from .goal_input_request_semantic_path_item_type_2_verify import (
    GoalInputRequestSemanticPathItemType2Verify,
)
from .goal_input_request_semantic_path_item_type_2_verify_json import (
    GoalInputRequestSemanticPathItemType2VerifyJson,
)
from .goal_input_request_semantic_path_item_type_3 import (
    GoalInputRequestSemanticPathItemType3,
)
from .goal_input_request_semantic_path_item_type_3_params import (
    GoalInputRequestSemanticPathItemType3Params,
)
from .goal_input_request_semantic_path_item_type_3_params_headers_type_0 import (
    GoalInputRequestSemanticPathItemType3ParamsHeadersType0,
)
from .goal_input_request_semantic_path_item_type_3_params_headers_type_1_item import (
    GoalInputRequestSemanticPathItemType3ParamsHeadersType1Item,
)
from .goal_input_request_semantic_path_item_type_3_params_method import (
    GoalInputRequestSemanticPathItemType3ParamsMethod,
)
from .goal_input_request_semantic_path_item_type_3_params_query import (
    GoalInputRequestSemanticPathItemType3ParamsQuery,
)
from .goal_input_request_semantic_path_item_type_3_type import (
    GoalInputRequestSemanticPathItemType3Type,
)
from .goal_input_request_semantic_path_item_type_3_verify import (
    GoalInputRequestSemanticPathItemType3Verify,
)
from .goal_input_request_semantic_path_item_type_3_verify_json import (
    GoalInputRequestSemanticPathItemType3VerifyJson,
)
from .goal_input_request_semantic_path_item_type_4 import (
    GoalInputRequestSemanticPathItemType4,
)
from .goal_input_request_semantic_path_item_type_4_params import (
    GoalInputRequestSemanticPathItemType4Params,
)
from .goal_input_request_semantic_path_item_type_4_params_action import (
    GoalInputRequestSemanticPathItemType4ParamsAction,
)
from .goal_input_request_semantic_path_item_type_4_params_env import (
    GoalInputRequestSemanticPathItemType4ParamsEnv,
)
from .goal_input_request_semantic_path_item_type_4_params_network import (
    GoalInputRequestSemanticPathItemType4ParamsNetwork,
)
from .goal_input_request_semantic_path_item_type_4_type import (
    GoalInputRequestSemanticPathItemType4Type,
)
from .goal_input_request_semantic_path_item_type_4_verify import (
    GoalInputRequestSemanticPathItemType4Verify,
)
from .goal_input_request_semantic_path_item_type_4_verify_json import (
    GoalInputRequestSemanticPathItemType4VerifyJson,
)
from .goal_input_request_semantic_path_item_type_5 import (
    GoalInputRequestSemanticPathItemType5,
)
from .goal_input_request_semantic_path_item_type_5_params import (
    GoalInputRequestSemanticPathItemType5Params,
)
from .goal_input_request_semantic_path_item_type_5_params_engine import (
    GoalInputRequestSemanticPathItemType5ParamsEngine,
)
from .goal_input_request_semantic_path_item_type_5_params_params_type_1 import (
    GoalInputRequestSemanticPathItemType5ParamsParamsType1,
)
from .goal_input_request_semantic_path_item_type_5_params_tls import (
    GoalInputRequestSemanticPathItemType5ParamsTls,
)
from .goal_input_request_semantic_path_item_type_5_type import (
    GoalInputRequestSemanticPathItemType5Type,
)
from .goal_input_request_semantic_path_item_type_5_verify import (
    GoalInputRequestSemanticPathItemType5Verify,
)
from .goal_input_request_semantic_path_item_type_5_verify_json import (
    GoalInputRequestSemanticPathItemType5VerifyJson,
)
from .goal_kind import GoalKind
from .goal_priority import GoalPriority
from .goal_state import GoalState
from .goals_events_response_200 import GoalsEventsResponse200
from .goals_list_priority import GoalsListPriority
from .goals_list_sort import GoalsListSort
from .goals_list_state import GoalsListState
from .health_report import HealthReport
from .health_report_status import HealthReportStatus
from .history import History
from .history_events_item import HistoryEventsItem
from .identity import Identity
from .identity_role import IdentityRole
from .income import Income
from .intent_input_request import IntentInputRequest
from .invitation import Invitation
from .invitation_input_request import InvitationInputRequest
from .invitation_input_request_role import InvitationInputRequestRole
from .invitation_role import InvitationRole
from .joined import Joined
from .joined_role import JoinedRole
from .key import Key
from .key_created import KeyCreated
from .key_created_role import KeyCreatedRole
from .key_input_request import KeyInputRequest
from .key_input_request_role import KeyInputRequestRole
from .key_input_request_scopes_item import KeyInputRequestScopesItem
from .key_role import KeyRole
from .learning import Learning
from .learning_of_planner import LearningOfPlanner
from .limits import Limits
from .logged_in import LoggedIn
from .login_input_request import LoginInputRequest
from .made_request import MadeRequest
from .me import Me
from .member import Member
from .member_role import MemberRole
from .memory import Memory
from .memory_audit import MemoryAudit
from .memory_change_request import MemoryChangeRequest
from .memory_input_request import MemoryInputRequest
from .memory_list_mode import MemoryListMode
from .memory_replacement_request import MemoryReplacementRequest
from .memory_stored import MemoryStored
from .money import Money
from .organization_key import OrganizationKey
from .organization_key_change_request import OrganizationKeyChangeRequest
from .organization_key_change_request_scopes_item import (
    OrganizationKeyChangeRequestScopesItem,
)
from .organization_key_created import OrganizationKeyCreated
from .organization_key_created_role import OrganizationKeyCreatedRole
from .organization_key_deleted import OrganizationKeyDeleted
from .organization_key_input_request import OrganizationKeyInputRequest
from .organization_key_input_request_role import OrganizationKeyInputRequestRole
from .organization_key_input_request_scopes_item import (
    OrganizationKeyInputRequestScopesItem,
)
from .organization_key_role import OrganizationKeyRole
from .package_price import PackagePrice
from .package_shape import PackageShape
from .paginated_activity_list import PaginatedActivityList
from .paginated_activity_list_meta import PaginatedActivityListMeta
from .paginated_api_request_list import PaginatedApiRequestList
from .paginated_api_request_list_meta import PaginatedApiRequestListMeta
from .paginated_correction_list import PaginatedCorrectionList
from .paginated_correction_list_meta import PaginatedCorrectionListMeta
from .paginated_credential_list import PaginatedCredentialList
from .paginated_credential_list_meta import PaginatedCredentialListMeta
from .paginated_delivery_list import PaginatedDeliveryList
from .paginated_delivery_list_meta import PaginatedDeliveryListMeta
from .paginated_entry_list import PaginatedEntryList
from .paginated_entry_list_meta import PaginatedEntryListMeta
from .paginated_goal_list import PaginatedGoalList
from .paginated_goal_list_meta import PaginatedGoalListMeta
from .paginated_invitation_list import PaginatedInvitationList
from .paginated_invitation_list_meta import PaginatedInvitationListMeta
from .paginated_key_list import PaginatedKeyList
from .paginated_key_list_meta import PaginatedKeyListMeta
from .paginated_learning_list import PaginatedLearningList
from .paginated_learning_list_meta import PaginatedLearningListMeta
from .paginated_member_list import PaginatedMemberList
from .paginated_member_list_meta import PaginatedMemberListMeta
from .paginated_organization_key_list import PaginatedOrganizationKeyList
from .paginated_organization_key_list_meta import PaginatedOrganizationKeyListMeta
from .paginated_stream_list import PaginatedStreamList
from .paginated_stream_list_meta import PaginatedStreamListMeta
from .paginated_task_list import PaginatedTaskList
from .paginated_task_list_meta import PaginatedTaskListMeta
from .paginated_task_tree_list import PaginatedTaskTreeList
from .paginated_task_tree_list_meta import PaginatedTaskTreeListMeta
from .paginated_tier_list import PaginatedTierList
from .paginated_tier_list_meta import PaginatedTierListMeta
from .paginated_webhook_list import PaginatedWebhookList
from .paginated_webhook_list_meta import PaginatedWebhookListMeta
from .payment_intent import PaymentIntent
from .plan_change import PlanChange
from .plan_change_status import PlanChangeStatus
from .plan_summary import PlanSummary
from .position import Position
from .preview import Preview
from .preview_planner_type_1 import PreviewPlannerType1
from .preview_planner_type_2_type_1 import PreviewPlannerType2Type1
from .preview_planner_type_3_type_1 import PreviewPlannerType3Type1
from .preview_task import PreviewTask
from .preview_task_params import PreviewTaskParams
from .preview_time import PreviewTime
from .price import Price
from .price_interval import PriceInterval
from .pricing import Pricing
from .problem import Problem
from .problem_errors import ProblemErrors
from .reason import Reason
from .reason_by import ReasonBy
from .recall_meta import RecallMeta
from .recall_page import RecallPage
from .receipt import Receipt
from .received import Received
from .received_state import ReceivedState
from .register_input_request import RegisterInputRequest
from .registered import Registered
from .reset_input_request import ResetInputRequest
from .retry_input_request import RetryInputRequest
from .role_input_request import RoleInputRequest
from .role_input_request_role import RoleInputRequestRole
from .rotate_input_request import RotateInputRequest
from .rotation_input_request import RotationInputRequest
from .signed_head import SignedHead
from .signed_heads import SignedHeads
from .standing import Standing
from .standing_status import StandingStatus
from .stream import Stream
from .stream_change_request import StreamChangeRequest
from .stream_change_request_format import StreamChangeRequestFormat
from .stream_change_request_protocol import StreamChangeRequestProtocol
from .stream_format import StreamFormat
from .stream_input_request import StreamInputRequest
from .stream_input_request_format import StreamInputRequestFormat
from .stream_input_request_kind import StreamInputRequestKind
from .stream_input_request_protocol import StreamInputRequestProtocol
from .stream_input_request_start import StreamInputRequestStart
from .stream_kind import StreamKind
from .stream_protocol import StreamProtocol
from .task import Task
from .task_effect import TaskEffect
from .task_state import TaskState
from .task_tree import TaskTree
from .task_tree_slots_item import TaskTreeSlotsItem
from .task_tree_tasks_item import TaskTreeTasksItem
from .tier import Tier
from .tier_input_request import TierInputRequest
from .token_input_request import TokenInputRequest
from .try_ import Try
from .usage_history import UsageHistory
from .used import Used
from .used_by_source import UsedBySource
from .used_by_source_source import UsedBySourceSource
from .used_limits import UsedLimits
from .used_on_day import UsedOnDay
from .validation import Validation
from .verified import Verified
from .violation import Violation
from .webhook import Webhook
from .webhook_change_request import WebhookChangeRequest
from .webhook_input_request import WebhookInputRequest
from .webhook_shown import WebhookShown
from .webhooks_deliveries_state import WebhooksDeliveriesState

__all__ = (
    "Account",
    "AccountBrief",
    "AccountInputRequest",
    "AccountLimits",
    "ActionCount",
    "Activity",
    "ActivityActorType",
    "ActivityInputRequest",
    "ActivityInputRequestActorType",
    "ActivityInputRequestMetadata",
    "ActivityLogListActorType",
    "ActivityMetadata",
    "ActivityStatistics",
    "ActivityStatisticsByActorType",
    "Address",
    "ApiRequest",
    "Attempt",
    "AttemptOutcome",
    "AttemptOutput",
    "AttemptRung",
    "AuditEvent",
    "AuditEventData",
    "AuditEvents",
    "AuditEventsChain",
    "AuditEventsOrder",
    "AuditHeadsChain",
    "AuditHeadsOrder",
    "AuditKey",
    "AuditKeyAlgorithm",
    "AuditKeys",
    "BilledUsage",
    "BillingWebhookBody",
    "CancelInputRequest",
    "ChangeInputRequest",
    "Check",
    "Correction",
    "CorrectionInputRequest",
    "CorrectionSource",
    "Cost",
    "CostKind",
    "Credential",
    "CredentialDeleted",
    "CredentialInputRequest",
    "CredentialInputRequestKind",
    "CredentialInputRequestValueType1",
    "CredentialKind",
    "CredentialShown",
    "CredentialShownKind",
    "CredentialShownValueType1",
    "CreditLeft",
    "DayCount",
    "Delivery",
    "DeliveryShown",
    "DeliveryShownPayload",
    "DeliveryShownState",
    "DeliveryState",
    "Duplicate",
    "DuplicateKind",
    "Economics",
    "EgressInputRequest",
    "EgressShown",
    "Entry",
    "EntryKind",
    "EventsStreamResponse200",
    "ExecuteInputRequest",
    "ExecuteInputRequestParams",
    "ExecuteInputRequestType",
    "ExecuteInputRequestVerifyType0",
    "ExecuteOutput",
    "ExecuteResult",
    "ExecuteResultDataType0",
    "ExecutorState",
    "ExecutorStateHistory",
    "ExecutorStatePoint",
    "FailureRequest",
    "FailureRequestActuator",
    "FileEntry",
    "FileEntryKind",
    "FileList",
    "ForgotInputRequest",
    "Goal",
    "GoalCreated",
    "GoalError",
    "GoalInputRequest",
    "GoalInputRequestPriority",
    "GoalInputRequestSemanticPathItemType1",
    "GoalInputRequestSemanticPathItemType1Params",
    "GoalInputRequestSemanticPathItemType1Type",
    "GoalInputRequestSemanticPathItemType1Verify",
    "GoalInputRequestSemanticPathItemType1VerifyJson",
    "GoalInputRequestSemanticPathItemType2",
    "GoalInputRequestSemanticPathItemType2Params",
    "GoalInputRequestSemanticPathItemType2ParamsAction",
    "GoalInputRequestSemanticPathItemType2Type",
    "GoalInputRequestSemanticPathItemType2Verify",
    "GoalInputRequestSemanticPathItemType2VerifyJson",
    "GoalInputRequestSemanticPathItemType3",
    "GoalInputRequestSemanticPathItemType3Params",
    "GoalInputRequestSemanticPathItemType3ParamsHeadersType0",
    "GoalInputRequestSemanticPathItemType3ParamsHeadersType1Item",
    "GoalInputRequestSemanticPathItemType3ParamsMethod",
    "GoalInputRequestSemanticPathItemType3ParamsQuery",
    "GoalInputRequestSemanticPathItemType3Type",
    "GoalInputRequestSemanticPathItemType3Verify",
    "GoalInputRequestSemanticPathItemType3VerifyJson",
    "GoalInputRequestSemanticPathItemType4",
    "GoalInputRequestSemanticPathItemType4Params",
    "GoalInputRequestSemanticPathItemType4ParamsAction",
    "GoalInputRequestSemanticPathItemType4ParamsEnv",
    "GoalInputRequestSemanticPathItemType4ParamsNetwork",
    "GoalInputRequestSemanticPathItemType4Type",
    "GoalInputRequestSemanticPathItemType4Verify",
    "GoalInputRequestSemanticPathItemType4VerifyJson",
    "GoalInputRequestSemanticPathItemType5",
    "GoalInputRequestSemanticPathItemType5Params",
    "GoalInputRequestSemanticPathItemType5ParamsEngine",
    "GoalInputRequestSemanticPathItemType5ParamsParamsType1",
    "GoalInputRequestSemanticPathItemType5ParamsTls",
    "GoalInputRequestSemanticPathItemType5Type",
    "GoalInputRequestSemanticPathItemType5Verify",
    "GoalInputRequestSemanticPathItemType5VerifyJson",
    "GoalKind",
    "GoalPriority",
    "GoalState",
    "GoalsEventsResponse200",
    "GoalsListPriority",
    "GoalsListSort",
    "GoalsListState",
    "HealthReport",
    "HealthReportStatus",
    "History",
    "HistoryEventsItem",
    "Identity",
    "IdentityRole",
    "Income",
    "IntentInputRequest",
    "Invitation",
    "InvitationInputRequest",
    "InvitationInputRequestRole",
    "InvitationRole",
    "Joined",
    "JoinedRole",
    "Key",
    "KeyCreated",
    "KeyCreatedRole",
    "KeyInputRequest",
    "KeyInputRequestRole",
    "KeyInputRequestScopesItem",
    "KeyRole",
    "Learning",
    "LearningOfPlanner",
    "Limits",
    "LoggedIn",
    "LoginInputRequest",
    "MadeRequest",
    "Me",
    "Member",
    "MemberRole",
    "Memory",
    "MemoryAudit",
    "MemoryChangeRequest",
    "MemoryInputRequest",
    "MemoryListMode",
    "MemoryReplacementRequest",
    "MemoryStored",
    "Money",
    "OrganizationKey",
    "OrganizationKeyChangeRequest",
    "OrganizationKeyChangeRequestScopesItem",
    "OrganizationKeyCreated",
    "OrganizationKeyCreatedRole",
    "OrganizationKeyDeleted",
    "OrganizationKeyInputRequest",
    "OrganizationKeyInputRequestRole",
    "OrganizationKeyInputRequestScopesItem",
    "OrganizationKeyRole",
    "PackagePrice",
    "PackageShape",
    "PaginatedActivityList",
    "PaginatedActivityListMeta",
    "PaginatedApiRequestList",
    "PaginatedApiRequestListMeta",
    "PaginatedCorrectionList",
    "PaginatedCorrectionListMeta",
    "PaginatedCredentialList",
    "PaginatedCredentialListMeta",
    "PaginatedDeliveryList",
    "PaginatedDeliveryListMeta",
    "PaginatedEntryList",
    "PaginatedEntryListMeta",
    "PaginatedGoalList",
    "PaginatedGoalListMeta",
    "PaginatedInvitationList",
    "PaginatedInvitationListMeta",
    "PaginatedKeyList",
    "PaginatedKeyListMeta",
    "PaginatedLearningList",
    "PaginatedLearningListMeta",
    "PaginatedMemberList",
    "PaginatedMemberListMeta",
    "PaginatedOrganizationKeyList",
    "PaginatedOrganizationKeyListMeta",
    "PaginatedStreamList",
    "PaginatedStreamListMeta",
    "PaginatedTaskList",
    "PaginatedTaskListMeta",
    "PaginatedTaskTreeList",
    "PaginatedTaskTreeListMeta",
    "PaginatedTierList",
    "PaginatedTierListMeta",
    "PaginatedWebhookList",
    "PaginatedWebhookListMeta",
    "PaymentIntent",
    "PlanChange",
    "PlanChangeStatus",
    "PlanSummary",
    "Position",
    "Preview",
    "PreviewPlannerType1",
    "PreviewPlannerType2Type1",
    "PreviewPlannerType3Type1",
    "PreviewTask",
    "PreviewTaskParams",
    "PreviewTime",
    "Price",
    "PriceInterval",
    "Pricing",
    "Problem",
    "ProblemErrors",
    "Reason",
    "ReasonBy",
    "RecallMeta",
    "RecallPage",
    "Receipt",
    "Received",
    "ReceivedState",
    "RegisterInputRequest",
    "Registered",
    "ResetInputRequest",
    "RetryInputRequest",
    "RoleInputRequest",
    "RoleInputRequestRole",
    "RotateInputRequest",
    "RotationInputRequest",
    "SignedHead",
    "SignedHeads",
    "Standing",
    "StandingStatus",
    "Stream",
    "StreamChangeRequest",
    "StreamChangeRequestFormat",
    "StreamChangeRequestProtocol",
    "StreamFormat",
    "StreamInputRequest",
    "StreamInputRequestFormat",
    "StreamInputRequestKind",
    "StreamInputRequestProtocol",
    "StreamInputRequestStart",
    "StreamKind",
    "StreamProtocol",
    "Task",
    "TaskEffect",
    "TaskState",
    "TaskTree",
    "TaskTreeSlotsItem",
    "TaskTreeTasksItem",
    "Tier",
    "TierInputRequest",
    "TokenInputRequest",
    "Try",
    "UsageHistory",
    "Used",
    "UsedBySource",
    "UsedBySourceSource",
    "UsedLimits",
    "UsedOnDay",
    "Validation",
    "Verified",
    "Violation",
    "Webhook",
    "WebhookChangeRequest",
    "WebhookInputRequest",
    "WebhookShown",
    "WebhooksDeliveriesState",
)
