from operator import attrgetter
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.approvals import serializers as shapes
from integrations.api.fields import ListQuery, page_of
from integrations.api.resource import Resource
from integrations.desk.queries import approvals as queries
from integrations.desk.services import approvals as services
from integrations.desk.services.approvals import Decision


class Approvals(Resource):
    scopes = {"GET": "approval.view"}

    @extend_schema(responses=shapes.ApprovalList)
    def get(self, request: Request) -> Response:
        """List what waits for a decision, the nearest deadline first, at most 200."""
        return self.give(shapes.ApprovalList, {"items": queries.open_approvals(self.by, limit=queries.MOST)})


class PastApprovals(Resource):
    scopes = {"GET": "approval.view"}

    @extend_schema(parameters=[ListQuery], responses=page_of(shapes.ApprovalLine))
    def get(self, request: Request) -> Response:
        """List what is decided, expired or asked no more, newest first."""
        page, _ = self.asked("past approvals")
        found = queries.past_approvals(self.by, before=page.after(UUID), limit=page.ask)
        return self.give_page(shapes.ApprovalLine, page, found, attrgetter("id"))


class ThisApproval(Resource):
    scopes = {"GET": "approval.view"}

    @extend_schema(responses=shapes.OneApproval)
    def get(self, request: Request, approval: UUID) -> Response:
        """Show a question; what it says and the data it shows are for those who may decide."""
        return self.give(shapes.OneApproval, queries.approval(self.by, approval))


class Decide(Resource):
    scopes = {"POST": "approval.decide"}

    @extend_schema(request=shapes.Decided, responses={204: None})
    def post(self, request: Request, approval: UUID) -> Response:
        """Approve or reject; the run goes on. The first decision counts, a second is answered 409."""
        said = self.body(shapes.Decided)
        services.decide(
            by=self.by,
            approval_id=approval,
            decision=Decision(said["decision"]),
            comment=said["comment"],
        )
        return Response(status=204)
