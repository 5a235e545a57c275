from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.fields import ListQuery, page_of
from integrations.api.partners import serializers as shapes
from integrations.api.resource import Resource
from integrations.partners import queries, services


class Partners(Resource):
    scopes = {"GET": "partner.view"}

    @extend_schema(parameters=[ListQuery], responses=page_of(shapes.Partner))
    def get(self, request: Request) -> Response:
        """List trading partners, by key."""
        page, _ = self.asked("partners")
        after = page.after(str) or ""
        found = sorted((one for one in queries.partners(self.by) if one.key > after), key=lambda one: one.key)
        return self.give_page(shapes.Partner, page, found[: page.ask], lambda one: one.key)


class OnePartner(Resource):
    scopes = {"GET": "partner.view", "PUT": "partner.edit", "DELETE": "partner.edit"}

    @extend_schema(responses=shapes.Partner)
    def get(self, request: Request, partner: str) -> Response:
        """Show a partner and its profile."""
        return self.give(shapes.Partner, queries.partner(self.by, partner))

    @extend_schema(request=shapes.NewPartner, responses=shapes.Partner)
    def put(self, request: Request, partner: str) -> Response:
        """Make or change a partner."""
        services.save_partner(by=self.by, key=partner, **self.body(shapes.NewPartner))
        return self.give(shapes.Partner, queries.partner(self.by, partner))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, partner: str) -> Response:
        """Remove a partner; its counters stay."""
        services.delete_partner(by=self.by, key=partner)
        return Response(status=204)


class Tables(Resource):
    scopes = {"GET": "partner.view"}

    @extend_schema(parameters=[ListQuery], responses=page_of(shapes.TableLine))
    def get(self, request: Request) -> Response:
        """List lookup tables, by key."""
        page, _ = self.asked("tables")
        after = page.after(str) or ""
        found = [table for table in queries.tables(self.by) if table.key > after]
        return self.give_page(shapes.TableLine, page, found[: page.ask], lambda table: table.key)


class OneTable(Resource):
    scopes = {"GET": "partner.view", "PUT": "partner.edit", "DELETE": "partner.edit"}

    @extend_schema(responses=shapes.Table)
    def get(self, request: Request, table: str) -> Response:
        """Show a lookup table with its rows."""
        return self.give(shapes.Table, queries.table(self.by, table))

    @extend_schema(request=shapes.NewTable, responses=shapes.Table)
    def put(self, request: Request, table: str) -> Response:
        """Make or replace a lookup table. Answers 409 when somebody has saved since the revision named."""
        services.save_table(by=self.by, key=table, **self.body(shapes.NewTable))
        return self.give(shapes.Table, queries.table(self.by, table))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, table: str) -> Response:
        """Remove a lookup table."""
        services.delete_table(by=self.by, key=table)
        return Response(status=204)


class Counters(Resource):
    scopes = {"GET": "partner.view"}

    @extend_schema(parameters=[ListQuery], responses=page_of(shapes.Counter))
    def get(self, request: Request) -> Response:
        """List counters, by name: control numbers and the numbers of mapping rules."""
        page, _ = self.asked("counters")
        after = page.after(str) or ""
        found = [counter for counter in queries.counters(self.by) if counter.name > after]
        return self.give_page(shapes.Counter, page, found[: page.ask], lambda counter: counter.name)


class OneCounter(Resource):
    scopes = {"PUT": "partner.edit"}

    @extend_schema(request=shapes.NewCounter, responses=shapes.Counter)
    def put(self, request: Request, counter: str) -> Response:
        """Set where a counter goes on, to take over from another system."""
        changed = services.set_counter(by=self.by, name=counter, **self.body(shapes.NewCounter))
        return self.give(shapes.Counter, changed)


class Numbers(Resource):
    scopes = {"GET": "partner.view"}

    @extend_schema(responses=shapes.NumberList)
    def get(self, request: Request, counter: str) -> Response:
        """List the last hundred numbers that runs took from a counter, and what came back for them."""
        return self.give(shapes.NumberList, {"items": queries.allotments(self.by, counter=counter)})
