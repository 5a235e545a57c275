from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.flows.names import flow_id
from integrations.api.resource import Resource
from integrations.api.trials import serializers as shapes
from integrations.trials import asked, kept, queries, sealing, tasks
from integrations.trials.expected import expected_of
from integrations.trials.services import cases, pins, samples, shadows
from integrations.trials.services.trying import Tried, try_flow
from integrations.trials.telling import trial_json


class Try(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.AskedTrial, responses=shapes.Trial)
    def post(self, request: Request, flow: str) -> Response:
        """Try a draft against the vendor twins; nothing is kept, and nobody else is called."""
        wanted = asked.wanted(_plain(self.body(shapes.AskedTrial)))
        return Response(_trial(try_flow(by=self.by, flow_id=flow_id(self.by, flow), wanted=wanted)))


class Samples(Resource):
    scopes = {"GET": "flow.view", "POST": "flow.try"}

    @extend_schema(responses=shapes.SampleList)
    def get(self, request: Request, flow: str) -> Response:
        """List the samples of a flow, newest first; there are fifty at most."""
        found = queries.samples(self.by, flow_id(self.by, flow))
        return Response({"items": [kept.sample_json(row) for row in found]})

    @extend_schema(request=shapes.NewSample, responses={201: shapes.SampleLine})
    def post(self, request: Request, flow: str) -> Response:
        """Keep a document to try the flow with."""
        said = self.body(shapes.NewSample)
        said["document"] = asked.a_document(said["document"])
        row = samples.make_sample(by=self.by, flow_id=flow_id(self.by, flow), **said)
        return Response(kept.sample_json(row), status=201)


class OneSample(Resource):
    scopes = {"GET": "flow.view", "PATCH": "flow.try", "DELETE": "flow.try"}

    @extend_schema(responses=shapes.SampleDetail)
    def get(self, request: Request, flow: str, sample: UUID) -> Response:
        """Show a sample; one that is real is masked."""
        row, document = queries.sample(self.by, flow_id(self.by, flow), sample)
        return Response(kept.opened_sample_json(self.by, row, document))

    @extend_schema(request=shapes.SampleName, responses=shapes.SampleLine)
    def patch(self, request: Request, flow: str, sample: UUID) -> Response:
        """Rename a sample."""
        said = self.body(shapes.SampleName)
        row = samples.rename_sample(
            by=self.by, flow_id=flow_id(self.by, flow), sample_id=sample, name=said["name"]
        )
        return Response(kept.sample_json(row))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, flow: str, sample: UUID) -> Response:
        """Delete a sample. Cases that were made of it stay."""
        samples.delete_sample(by=self.by, flow_id=flow_id(self.by, flow), sample_id=sample)
        return Response(status=204)


class SampleDocument(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, flow: str, sample: UUID) -> HttpResponse:
        """Give the bytes of a sample; those of a real one to nobody with a key."""
        body = queries.sample_bytes(self.by, flow_id(self.by, flow), sample).body
        return HttpResponse(body, content_type="application/octet-stream")


class Pins(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(responses=shapes.PinList)
    def get(self, request: Request, flow: str) -> Response:
        """List the pins of a flow's draft."""
        found = queries.pins(self.by, flow_id(self.by, flow))
        return Response({"pins": {key: kept.pin_json(pin) for key, pin in found.items()}})


class OnePin(Resource):
    scopes = {"PUT": "flow.try", "DELETE": "flow.try"}

    @extend_schema(request=shapes.NewPin, responses=shapes.PinLine)
    def put(self, request: Request, flow: str, step: str) -> Response:
        """Pin an output to a step: in trials it stands for the step's own."""
        output = sealing.pin_said(self.body(shapes.NewPin), "")
        made = pins.set_pin(by=self.by, flow_id=flow_id(self.by, flow), step=step, output=output)
        return Response(kept.pin_json(made))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, flow: str, step: str) -> Response:
        """Let a step run again in trials."""
        pins.remove_pin(by=self.by, flow_id=flow_id(self.by, flow), step=step)
        return Response(status=204)


class Cases(Resource):
    scopes = {"GET": "flow.view", "POST": "flow.edit"}

    @extend_schema(responses=shapes.CaseList)
    def get(self, request: Request, flow: str) -> Response:
        """List the cases of a flow by name; there are fifty at most."""
        found = queries.cases(self.by, flow_id(self.by, flow))
        return Response({"items": [kept.case_json(self.by, row) for row in found]})

    @extend_schema(request=shapes.NewCase, responses={201: shapes.CaseMade})
    def post(self, request: Request, flow: str) -> Response:
        """Try a draft once, and expect from then on what came out. Needs `flow.try` too."""
        said = _plain(self.body(shapes.NewCase))
        row, tried = cases.make_case(
            by=self.by,
            flow_id=flow_id(self.by, flow),
            name=said["name"],
            wanted=asked.wanted(said),
            chosen=asked.chosen(said),
        )
        return Response({"case": kept.case_json(self.by, row), "trial": _trial(tried)}, status=201)


class OneCase(Resource):
    scopes = {"GET": "flow.view", "PATCH": "flow.edit", "DELETE": "flow.edit"}

    @extend_schema(responses=shapes.CaseDetail)
    def get(self, request: Request, flow: str, case: UUID) -> Response:
        """Show a case and its document, masked."""
        row = queries.case(self.by, flow_id(self.by, flow), case)
        return Response(kept.opened_case_json(self.by, row))

    @extend_schema(request=shapes.CaseChange, responses=shapes.CaseLine)
    def patch(self, request: Request, flow: str, case: UUID) -> Response:
        """Change the name, the clock or the expectations of a case."""
        said = self.body(shapes.CaseChange)
        if "expected" in said:
            said["expected"] = expected_of(said["expected"])
        row = cases.change_case(by=self.by, flow_id=flow_id(self.by, flow), case_id=case, **said)
        return Response(kept.case_json(self.by, row))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, flow: str, case: UUID) -> Response:
        """Delete a case; publishing does not run it any more."""
        cases.delete_case(by=self.by, flow_id=flow_id(self.by, flow), case_id=case)
        return Response(status=204)


class RunCases(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.AskedRun, responses=shapes.CaseResults)
    def post(self, request: Request, flow: str) -> Response:
        """Run all cases of a flow on a draft, as publishing does. Nobody is called."""
        said = self.body(shapes.AskedRun)
        results = cases.run_cases(by=self.by, flow_id=flow_id(self.by, flow), **said)
        return Response(kept.results_json(self.by, results))


class RunCase(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.AskedRun, responses=shapes.CaseResult)
    def post(self, request: Request, flow: str, case: UUID) -> Response:
        """Run one case on a draft."""
        said = self.body(shapes.AskedRun)
        results = cases.run_cases(by=self.by, flow_id=flow_id(self.by, flow), case_id=case, **said)
        return Response(kept.result_json(self.by, results[0]))


class AcceptCase(Resource):
    scopes = {"POST": "flow.edit"}

    @extend_schema(request=shapes.AskedAccept, responses=shapes.CaseAccepted)
    def post(self, request: Request, flow: str, case: UUID) -> Response:
        """Expect from now on what comes out of a draft now. Needs `flow.try` too."""
        said = self.body(shapes.AskedAccept)
        row = cases.accept(by=self.by, flow_id=flow_id(self.by, flow), case_id=case, **said)
        return Response({"case": kept.case_json(self.by, row)})


class Shadows(Resource):
    scopes = {"POST": "run.view"}

    @extend_schema(request=shapes.AskedShadow, responses={201: shapes.Report})
    def post(self, request: Request, flow: str) -> Response:
        """Compare a draft with the last real runs; nothing is sent. Needs `flow.try` too.

        The report may go on for a while: ask for it again while its state is `running`.
        """
        said = self.body(shapes.AskedShadow)
        row = shadows.start(by=self.by, flow_id=flow_id(self.by, flow), **said)
        tasks.hand_over(row)
        return Response(kept.report_json(self.by, row), status=201)


class OneShadow(Resource):
    scopes = {"GET": "run.view"}

    @extend_schema(responses=shapes.Report)
    def get(self, request: Request, flow: str, shadow: UUID) -> Response:
        """Show how far a comparison is and what differs; it is kept for a day."""
        row = queries.shadow(self.by, flow_id(self.by, flow), shadow)
        if shadows.is_stale(row):
            tasks.hand_over(row)
        return Response(kept.report_json(self.by, row))


def _trial(tried: Tried) -> dict[str, Any]:
    return trial_json(tried.ground.flow, tried.made, is_plain=tried.is_plain)


def _plain(said: dict[str, Any]) -> dict[str, Any]:
    """Give ids and instants as the texts they came as."""
    plain = dict(said)
    if "sample" in plain:
        plain["sample"] = str(plain["sample"])
    if "now" in plain:
        plain["now"] = plain["now"].isoformat()
    return plain
