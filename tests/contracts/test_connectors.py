"""Every connector of the catalogue against its twin. A new manifest gets all of this for free."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from ipaddress import IPv4Network
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from integrations.connectors import answers, choices, loader
from integrations.connectors.calls import Caller
from integrations.connectors.client import Outbound, OutboundRequest, OutboundResponse
from integrations.connectors.egress import EgressPolicy, Guard
from integrations.connectors.manifest import Manifest, Operation
from integrations.connectors.manifest.sensitive import sensitive_paths
from integrations.connectors.probe import probe
from integrations.connectors.request import Destination, Values, destination
from integrations.connectors.twin.server import make_app
from integrations.delivery.retry import Mode
from integrations.errors import CredentialError, RefusedError, SevenMError, UnavailableError

KEYS = loader.found()
OPERATIONS = [(key, operation.key) for key in KEYS for operation in loader.manifest(key).operations]
WRITES = [(key, name) for key, name in OPERATIONS if loader.manifest(key).operation(name).body]
CHOICES = [
    (key, name, f"{part}.{field}")
    for key, name in OPERATIONS
    for part, fields in (
        ("body", loader.manifest(key).operation(name).body),
        *((at, loader.manifest(key).operation(name).params_in(at)) for at in ("path", "query", "header")),
    )
    for field, spec in fields.items()
    if spec.choices
]
CANARY = "hunter2-canary"


class Sandbox:
    """The twins on a real port, and a caller that goes through the real client."""

    def __init__(self, outbound: Outbound, url: str) -> None:
        self.outbound = outbound
        self.caller = Caller(outbound)
        self.url = url

    def to(self, manifest: Manifest) -> Destination:
        config = {name: field.default or field.example for name, field in manifest.config.items()}
        return destination(manifest, "twin", config, sandbox_url=self.url)

    async def call(
        self,
        manifest: Manifest,
        operation: Operation,
        *,
        secrets: dict[str, str] | None = None,
        **changed: Any,
    ) -> OutboundResponse:
        values = {**request_of(manifest, operation), **changed}
        values.setdefault("idempotency_key", "run-1-step-1")
        given = manifest.twin.secrets if secrets is None else secrets
        return await self.caller.send(manifest, operation, self.to(manifest), given, Values(**values))

    async def control(self, method: str, path: str, body: object = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = OutboundRequest(method=method, url=f"{self.url}/_control/{path}", body=content)
        response = await self.outbound.send(request)
        assert response.status < 300, response.body
        return json.loads(response.body)


def request_of(manifest: Manifest, operation: Operation) -> dict[str, Any]:
    sample = msgspec.json.Decoder(float_hook=Decimal).decode(
        loader.sample(manifest.key, f"{operation.key}.json")
    )
    names = {"path": "path_params", "query": "query", "body": "body"}
    return {names[name]: value for name, value in sample.items()}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serving_twins(1.0) as served:
        yield served


@contextlib.asynccontextmanager
async def serving_twins(limit_factor: float) -> AsyncIterator[Sandbox]:
    port = unused_port()
    app = make_app([loader.manifest(key) for key in KEYS], limit_factor=limit_factor)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    policy = EgressPolicy((IPv4Network("127.0.0.0/8"),), (range(port, port + 1),))
    async with Outbound(Guard(policy)) as outbound:
        yield Sandbox(outbound, f"http://127.0.0.1:{port}")
    await runner.cleanup()


def plain(response: OutboundResponse) -> Any:
    return json.loads(response.body) if response.body else None


def test_there_are_connectors():
    assert {"airwallex", "avalara", "shipstation", "shopify"} <= set(KEYS)


@pytest.mark.parametrize("key", KEYS)
class TestFolder:
    def test_the_top_of_the_file_is_enough_for_a_list(self, key):
        manifest, headline = loader.manifest(key), loader.headline(key)
        assert headline.model_dump() == {
            name: getattr(manifest, name) for name in type(headline).model_fields
        }

    def test_help_is_there(self, key):
        assert loader.help_text(key).startswith("# Connect ")

    def test_every_operation_has_a_sample(self, key):
        for operation in loader.manifest(key).operations:
            assert set(request_of(loader.manifest(key), operation)) <= {"path_params", "query", "body"}

    def test_every_topic_has_a_sample_that_is_json(self, key):
        webhooks = loader.manifest(key).webhooks
        for topic in webhooks.topics.values() if webhooks else ():
            assert json.loads(loader.sample(key, topic.sample))

    def test_schemas_are_valid(self, key):
        for operation in loader.manifest(key).operations:
            jsonschema_rs.validator_for(operation.body_schema)
            jsonschema_rs.validator_for(operation.response_schema)
            assert set(sensitive_paths(operation).values()) <= {"c2", "c3", "c4", "c5"}

    def test_every_write_says_what_a_repeat_does(self, key):
        for operation in loader.manifest(key).operations:
            if operation.mode is Mode.IDEMPOTENT and operation.kind == "create":
                assert operation.sent_twice.key or operation.sent_twice.natural


@pytest.mark.parametrize(("key", "name"), OPERATIONS)
class TestOperation:
    async def test_the_sample_gives_an_answer_of_the_declared_shape(self, sandbox, key, name):
        manifest = loader.manifest(key)
        operation = manifest.operation(name)
        response = await sandbox.call(manifest, operation)
        assert response.status == operation.success, response.body
        if response.body and operation.response:
            jsonschema_rs.validator_for(operation.response_schema).validate(plain(response))
        if operation.items:
            body = answers.read(manifest, operation, response.status, response.headers, response.body)
            assert answers.items(operation, body) is not None

    async def test_wrong_credentials_are_refused_in_the_vendors_shape(self, sandbox, key, name):
        manifest = loader.manifest(key)
        operation = manifest.operation(name)
        wrong = dict.fromkeys(manifest.twin.secrets, CANARY)
        try:
            response = await sandbox.call(manifest, operation, secrets=wrong)
            error = read_error(manifest, operation, response)
        except CredentialError as refused:
            error = refused
        assert isinstance(error, CredentialError)
        assert CANARY not in str(error)

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (400, RefusedError), (403, RefusedError), (404, RefusedError), (409, RefusedError),
            (422, RefusedError), (408, UnavailableError), (425, UnavailableError), (429, UnavailableError),
            (500, UnavailableError), (502, UnavailableError), (503, UnavailableError),
            (504, UnavailableError),
        ],
    )  # fmt: skip
    def test_each_status_gives_its_class_of_error(self, key, name, status, kind):
        manifest = loader.manifest(key)
        operation = manifest.operation(name)
        body = json.dumps({"error": CANARY, "errors": [{"error_code": f"a {CANARY}"}], "code": f"{CANARY} b"})
        error = answers.error(manifest, operation, status, {"retry-after": "7"}, body.encode())
        assert type(error) is kind
        assert operation.title in error.message
        assert CANARY not in str(error) + error.hint
        if isinstance(error, UnavailableError):
            assert error.retry_after_s == 7


@pytest.mark.parametrize(("key", "name", "field"), CHOICES)
async def test_what_a_field_can_be_is_listed_by_the_service(sandbox, key, name, field):
    manifest = loader.manifest(key)
    source = choices.choices_of(manifest, name, field)
    found = await choices.load(
        sandbox.outbound, manifest, source, sandbox.to(manifest), manifest.twin.secrets
    )
    assert found
    assert all(choice.label for choice in found)
    assert len({choice.value for choice in found}) == len(found)


@pytest.mark.parametrize(("key", "name"), WRITES)
class TestWrite:
    async def test_a_missing_required_field_is_refused_and_nothing_happens(self, sandbox, key, name):
        manifest = loader.manifest(key)
        operation = manifest.operation(name)
        response = await sandbox.call(manifest, operation, body={}, idempotency_key="")
        assert response.status == manifest.errors.invalid_status
        assert isinstance(read_error(manifest, operation, response), RefusedError)
        assert (await sandbox.control("GET", f"{key}/stats"))["effects"] == 0

    async def test_a_field_of_another_type_is_refused(self, sandbox, key, name):
        manifest = loader.manifest(key)
        operation = manifest.operation(name)
        body = request_of(manifest, operation)["body"]
        wrong = {field: [CANARY, field] for field in body}
        response = await sandbox.call(manifest, operation, body=wrong)
        assert response.status == manifest.errors.invalid_status
        assert CANARY not in str(read_error(manifest, operation, response))

    async def test_a_body_that_is_not_json_is_refused(self, sandbox, key, name):
        manifest = loader.manifest(key)
        operation = manifest.operation(name)
        response = await sandbox.call(manifest, operation, body=b'{"a":', idempotency_key="")
        assert response.status == 400

    async def test_a_repeat_does_what_the_manifest_says(self, sandbox, key, name):
        manifest = loader.manifest(key)
        operation = manifest.operation(name)
        first = await sandbox.call(manifest, operation)
        again = await sandbox.call(manifest, operation)
        stats = await sandbox.control("GET", f"{key}/stats")
        if operation.sent_twice.key is not None:
            assert plain(again) == plain(first)
            assert stats["operations"][name] == {"requests": 2, "effects": 1}
            assert stats["repeats"] == 1
            assert list(stats["keys"].values()) == [{"requests": 2, "effects": 1}]
        else:
            assert stats["operations"][name] == {"requests": 2, "effects": 2}

    async def test_one_key_with_another_body_is_refused(self, sandbox, key, name):
        manifest = loader.manifest(key)
        operation = manifest.operation(name)
        if operation.sent_twice.key is None:
            return
        await sandbox.call(manifest, operation)
        body = {**request_of(manifest, operation)["body"], "another": 1}
        response = await sandbox.call(manifest, operation, body=body)
        assert isinstance(read_error(manifest, operation, response), RefusedError)


@pytest.mark.parametrize("key", KEYS)
class TestTwin:
    async def test_a_connection_with_the_right_secrets_works(self, sandbox, key):
        manifest = loader.manifest(key)
        outcome = await probe(sandbox.outbound, manifest, sandbox.to(manifest), manifest.twin.secrets)
        assert outcome.works, outcome

    async def test_a_connection_with_wrong_secrets_says_so_without_them(self, sandbox, key):
        manifest = loader.manifest(key)
        wrong = dict.fromkeys(manifest.twin.secrets, CANARY)
        outcome = await probe(sandbox.outbound, manifest, sandbox.to(manifest), wrong)
        assert (outcome.works, outcome.code) == (False, "connection.refused")
        assert CANARY not in outcome.message

    async def test_lists_are_read_to_the_end(self, sandbox, key):
        manifest = loader.manifest(key)
        for operation in manifest.operations:
            if not operation.paginated or not operation.twin.keeps:
                continue
            query = {getattr(manifest.pagination, "size", "limit"): 1}
            pages = sandbox.caller.pages(
                manifest, operation, sandbox.to(manifest), manifest.twin.secrets, Values(query=query)
            )
            seen = [item for page in [page async for page in pages] for item in page]
            kept = await sandbox.control("GET", f"{key}/objects?collection={operation.twin.keeps}")
            assert [str(item) for item in seen] == [
                str(answers_value(item)) for item in kept[operation.twin.keeps]
            ]

    async def test_what_was_created_is_found(self, sandbox, key):
        manifest = loader.manifest(key)
        for operation in manifest.operations:
            if operation.kind != "create":
                continue
            collection = operation.twin.keeps
            before = await sandbox.control("GET", f"{key}/objects?collection={collection}")
            await sandbox.call(manifest, operation)
            after = await sandbox.control("GET", f"{key}/objects?collection={collection}")
            assert len(after[collection]) == len(before[collection]) + 1

    async def test_an_unknown_path_is_404(self, sandbox, key):
        request = OutboundRequest(method="GET", url=f"{sandbox.url}/{key}/no/such/path")
        assert (await sandbox.outbound.send(request)).status == 404

    async def test_the_vendors_rate_limit_is_kept(self, sandbox, key):
        manifest = loader.manifest(key)
        operation = manifest.operation(manifest.verify.operation)
        most = manifest.limits.burst + 3
        responses = [
            await sandbox.call(manifest, operation) for _ in range(most + int(manifest.limits.per_s))
        ]
        limited = [response for response in responses if response.status == 429]
        assert bool(limited) is (manifest.limits.per_s > 0)
        for response in limited:
            error = read_error(manifest, operation, response)
            assert isinstance(error, UnavailableError)
            assert error.retry_after_s

    async def test_down_and_up_again(self, sandbox, key):
        manifest = loader.manifest(key)
        operation = manifest.operation(manifest.verify.operation)
        await sandbox.call(manifest, operation)
        await sandbox.control("POST", f"{key}/faults", {"mode": "down", "status": 503, "retry_after_s": 4})
        error = read_error(manifest, operation, await sandbox.call(manifest, operation))
        assert isinstance(error, UnavailableError)
        assert (error.status, error.retry_after_s) == (503, 4)
        await sandbox.control("DELETE", f"{key}/faults")
        assert (await sandbox.call(manifest, operation)).status == operation.success

    async def test_a_fault_ends_after_its_count(self, sandbox, key):
        manifest = loader.manifest(key)
        operation = manifest.operation(manifest.verify.operation)
        fault = {"mode": "error", "status": 500, "count": 2, "operation": operation.key}
        await sandbox.control("POST", f"{key}/faults", fault)
        statuses = [(await sandbox.call(manifest, operation)).status for _ in range(3)]
        assert statuses == [500, 500, operation.success]

    async def test_a_reset_after_the_effect_leaves_the_outcome_open(self, sandbox, key):
        manifest = loader.manifest(key)
        operation = next((one for one in manifest.operations if one.kind == "create"), None)
        if operation is None:  # a connector that only reads
            return
        await sandbox.call(manifest, manifest.operation(manifest.verify.operation))
        fault = {"mode": "reset", "when": "after", "count": 1, "operation": operation.key}
        await sandbox.control("POST", f"{key}/faults", fault)
        with pytest.raises(UnavailableError) as lost:
            await sandbox.call(manifest, operation)
        assert lost.value.sent
        stats = await sandbox.control("GET", f"{key}/stats")
        assert stats["operations"][operation.key]["effects"] == 1

    async def test_a_slow_twin_is_left_at_the_deadline(self, sandbox, key):
        manifest = loader.manifest(key)
        operation = manifest.operation(manifest.verify.operation)
        await sandbox.call(manifest, operation)
        fault = {"mode": "slow", "delay_ms": 400, "operation": operation.key}
        await sandbox.control("POST", f"{key}/faults", fault)
        with pytest.raises(UnavailableError) as late:
            await sandbox.call(manifest, operation, timeout_s=0.1)
        assert late.value.code == "remote.timeout"

    async def test_reset_forgets_everything(self, sandbox, key):
        manifest = loader.manifest(key)
        await sandbox.call(manifest, manifest.operation(manifest.verify.operation))
        await sandbox.control("POST", f"{key}/reset")
        assert (await sandbox.control("GET", f"{key}/stats"))["requests"] == 0


async def test_many_calls_at_once_log_in_once():
    async with serving_twins(0) as served:
        manifest = loader.manifest("airwallex")
        operation = manifest.operation("list_balances")
        responses = await asyncio.gather(*(served.call(manifest, operation) for _ in range(30)))
        assert {response.status for response in responses} == {200}
        stats = await served.control("GET", "airwallex/stats")
        assert stats["operations"]["login"]["requests"] == 1


async def test_a_login_that_fails_sent_nothing_of_the_call(sandbox):
    manifest = loader.manifest("airwallex")
    operation = manifest.operation("create_conversion")
    for mode in ("reset", "down"):
        await sandbox.control("POST", "airwallex/faults", {"mode": mode, "operation": "login", "count": 1})
        with pytest.raises(UnavailableError) as failed:
            await sandbox.call(manifest, operation)
        assert not failed.value.sent
    assert (await sandbox.call(manifest, operation)).status == 201


async def test_a_token_the_service_forgot_is_renewed_once(sandbox):
    manifest = loader.manifest("airwallex")
    operation = manifest.operation("create_conversion")
    await sandbox.call(manifest, operation)
    await sandbox.control("POST", "airwallex/reset")
    assert (await sandbox.call(manifest, operation)).status == 201
    stats = await sandbox.control("GET", "airwallex/stats")
    assert stats["operations"]["login"]["requests"] == 1
    assert stats["effects"] == 1


async def test_the_twins_compute_what_the_demo_needs(sandbox):
    shipstation, avalara, airwallex = (
        loader.manifest(key) for key in ("shipstation", "avalara", "airwallex")
    )
    rates = plain(await sandbox.call(shipstation, shipstation.operation("get_rates")))["rate_response"][
        "rates"
    ]
    quick = [rate for rate in rates if rate["delivery_days"] < 5]
    cheapest = min(quick, key=lambda rate: rate["shipping_amount"]["amount"])
    assert (cheapest["service_code"], cheapest["shipping_amount"]["amount"]) == (
        "fedex_international_priority",
        36.88,
    )
    assert min(rates, key=lambda rate: rate["shipping_amount"]["amount"])["delivery_days"] > 5
    tax = plain(await sandbox.call(avalara, avalara.operation("create_transaction")))
    assert (tax["totalAmount"], tax["totalTax"], tax["summary"][0]["rate"]) == (146.52, 27.84, 0.19)
    assert [line["tax"] for line in tax["lines"]] == [21.4, 6.44]
    quote = plain(await sandbox.call(airwallex, airwallex.operation("create_quote")))
    assert (quote["currency_pair"], quote["client_rate"], quote["buy_amount"]) == (
        "EURTHB",
        38.082720,
        6279.84,
    )


def answers_value(item: Any) -> Any:
    return msgspec.json.Decoder(float_hook=Decimal).decode(json.dumps(item))


def read_error(manifest: Manifest, operation: Operation, response: OutboundResponse) -> SevenMError:
    with pytest.raises(SevenMError) as raised:
        answers.read(manifest, operation, response.status, response.headers, response.body)
    return raised.value
