"""The OpenAPI document and its browser: somebody else's views, whose errors have our one shape all the same."""

from __future__ import annotations

from typing import Any

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.views import APIView

from executor_one.kit import errors
from executor_one.kit.pagination import BadQuery


class Answers(APIView):
    """What both are answered by: no parameter that is not known, and JSON for whatever goes wrong."""

    known: tuple[str, ...] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        for name in request.query_params:
            if name not in self.known:
                raise BadQuery(f"{name}: This parameter is not known.", errors={name: ["This parameter is not known."]})

    def handle_exception(self, exc: Exception) -> Any:
        response: Any = super().handle_exception(exc)
        told = {name: value for name, value in response.items() if name in ("Allow", "Retry-After")}
        return errors.written(self.request._request, response.data, told)


class SchemaView(Answers, SpectacularAPIView):
    """The OpenAPI 3.1 document of this API, in YAML, or in JSON for `Accept: application/json` or `?format=json`."""

    authentication_classes: Any = ()
    permission_classes: Any = ()
    http_method_names = ["get", "head", "options"]
    known = ("format",)


class SwaggerView(Answers, SpectacularSwaggerSplitView):
    """A browser for the OpenAPI document; its scripts are ours, nothing comes from elsewhere."""

    authentication_classes: Any = ()
    permission_classes: Any = ()
    http_method_names = ["get", "head"]  # its answer to OPTIONS would be a page that there is not
    template_name = "docs/swagger.html"
    url_name = "schema"
    known = ("script",)
