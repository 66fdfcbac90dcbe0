from django.urls import path, register_converter
from django.urls.converters import PathConverter

from goals.api import files, views


class AnyPath(PathConverter):
    """A path of the workspace. Django's own ends at a line's end, which a name may have."""

    regex = r"[\s\S]+"


register_converter(AnyPath, "any_path")

urlpatterns = [
    path("goals", views.GoalList.as_view()),
    path("goals/preview", views.GoalPreview.as_view()),
    path("goals/<uuid:goal_id>", views.GoalDetail.as_view()),
    path("goals/<uuid:goal_id>/cancel", views.GoalCancel.as_view()),
    path("goals/<uuid:goal_id>/tasks", views.GoalTasks.as_view()),
    path("goals/<uuid:goal_id>/history", views.GoalHistory.as_view()),
    path("goals/<uuid:goal_id>/retry", views.GoalRetry.as_view()),
    path("state", views.StateView.as_view()),
    path("state/history", views.StateHistory.as_view()),
    path("workspace/files", files.WorkspaceFiles.as_view()),
    path("workspace/files/<any_path:path>", files.WorkspaceFile.as_view()),
    path("execute", views.Execute.as_view()),
]
