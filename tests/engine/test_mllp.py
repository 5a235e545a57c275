"""HL7 over MLLP, in and out, on real sockets: what is acknowledged is stored, and nothing else is."""

import datetime as dt
import ssl
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bench.sink import Mode
from integrations.connectors.egress import EgressPolicy, Guard
from integrations.engine.mllp import Bounds
from integrations.engine.models import Outcome
from integrations.errors import FlowError, RefusedError
from integrations.flows import services
from integrations.formats.hl7.mllp import frame
from sevenm.config import Mllp
from tests.chaos.stack import wait_until
from tests.engine.hospital import (
    Hospital,
    Sender,
    accept,
    ack,
    answering,
    field_of,
    free_port,
    hang_up,
    linger,
    message,
    say_nothing,
)
from tests.engine.world import POLICY, http, respond, webhook

OK, RETRYABLE, REFUSED, UNKNOWN = Outcome.OK, Outcome.RETRYABLE, Outcome.REFUSED, Outcome.UNKNOWN
FAST = [0.02, 0.05, 0.1]
BODY = ["get", "order", "body"]


@pytest.fixture(autouse=True)
def _ports(settings):
    settings.SEVENM = replace(settings.SEVENM, mllp=Mllp("127.0.0.1", (range(1024, 65536),), "", ""))


@pytest.fixture(scope="module")
def door(world):
    made = world.door()
    made.listen(bounds=Bounds(connections=8, per_port=4, held_bytes=300_000, message_s=0.4, drain_s=5))
    return made


def listening(**config):
    return {"key": "order", "kind": "mllp_trigger", "config": {"port": free_port(), **config}}


def publish(shop, door, *steps, **settings):
    """Publish a flow that listens, and give it with its port."""
    flow = shop.publish(*steps, **settings)
    door.do(door.listeners.refresh())
    return flow, steps[0]["config"]["port"]


def runs(world, flow):
    return world.runs("flow_id = %s", flow.id)


# receiving


def test_a_message_is_acknowledged_when_it_is_stored_and_becomes_a_run(world, shop, door):
    with Hospital() as hospital:
        flow, port = publish(shop, door, listening(), sending(hospital.port, value=BODY))
        with Sender(port) as sender:
            sender.socket.sendall(frame(message("c1")))
            answer = sender.answer()
            (run,) = runs(world, flow)
            assert sender.ask(message("c2")) == "AA"
        wait_until(lambda: len(hospital.received) == 2, within_s=10, what="both messages to be passed on")
        assert world.until(run.id).state == "succeeded"
    assert [field_of(answer, "MSA", number) for number in (1, 2)] == ["AA", "c1"]
    assert [field_of(answer, "MSH", number) for number in (3, 4, 5, 6)] == ["EHR", "SOUTH", "LAB", "NORTH"]
    assert sorted(hospital.received) == [message("c1"), message("c2")]


def test_many_messages_in_one_breath_are_answered_in_order(world, shop, door):
    flow, port = publish(shop, door, listening())
    with Sender(port) as sender:
        sender.socket.sendall(b"".join(frame(message(f"m{number}")) + b"\n" for number in range(20)))
        assert [field_of(sender.answer(), "MSA", 2) for _ in range(20)] == [f"m{n}" for n in range(20)]
    assert len(runs(world, flow)) == 20


def test_a_repeated_message_gets_the_same_answer_and_no_second_run(world, shop, door):
    flow, port = publish(shop, door, listening())
    with Sender(port) as one, Sender(port) as two:
        assert [one.ask(message("d")), two.ask(message("d")), one.ask(message("e"))] == ["AA"] * 3
        one.socket.sendall(frame(message("d", name="ROE^RICHARD")))
        answer = one.answer()
    assert field_of(answer, "MSA", 1) == "AE"
    assert field_of(answer, "ERR", 3).startswith("205^")
    assert len(runs(world, flow)) == 2


def test_every_message_is_new_where_senders_count_from_one_again(world, shop, door):
    flow, port = publish(shop, door, listening(repeats="new"))
    with Sender(port) as sender:
        assert [sender.ask(message("1")), sender.ask(message("1", name="ROE^R"))] == ["AA", "AA"]
    assert len(runs(world, flow)) == 2


@pytest.mark.parametrize(
    ("asked", "code"), [("|||AL|NE", "CA"), ("|||NE|AL", "AA"), ("|||AL|AL", "CA"), ("", "AA")]
)
def test_enhanced_mode_gets_the_acknowledgement_it_asks_for(shop, door, asked, code):
    _, port = publish(shop, door, listening())
    with Sender(port) as sender:
        assert sender.ask(message("k", more=asked)) == code


def test_what_wants_no_answer_gets_none_but_is_stored(world, shop, door):
    flow, port = publish(shop, door, listening())
    with Sender(port) as sender:
        sender.socket.sendall(frame(message("n1", more="|||NE|NE")) + frame(ack(message("n2"), "AA")))
        sender.socket.sendall(frame(message("n3")))
        assert field_of(sender.answer(), "MSA", 2) == "n3"
    assert len(runs(world, flow)) == 3


# the outcome as the answer


def test_the_outcome_is_the_answer_where_the_sender_waits_for_it(world, shop, door):
    step = respond(value=["lit", ack(message("own"), "AA").decode()])
    flow, port = publish(shop, door, listening(answer="application"), step, reply="sync")
    with Sender(port) as sender:
        sender.socket.sendall(frame(message("own")))
        answer = sender.answer()
    assert answer == ack(message("own"), "AA")
    assert [run.state for run in runs(world, flow)] == ["succeeded"]


@pytest.mark.parametrize(("status", "code"), [(200, "AA"), (422, "AE"), (503, "AR")])
def test_a_flow_says_by_its_status_what_the_answer_is(shop, door, status, code):
    _, port = publish(
        shop, door, listening(answer="application"), respond(status=status, value=["lit", "x"]), reply="sync"
    )
    with Sender(port) as sender:
        assert sender.ask(message("s", more="|||AL|AL")) == code


def test_a_run_that_fails_is_an_error_for_the_sender_and_a_dead_letter_here(world, shop, door):
    step = {"key": "no", "kind": "raise", "config": {"code": "ward.closed", "message": "No such ward."}}
    flow, port = publish(shop, door, listening(answer="application"), step, reply="sync")
    with Sender(port) as sender:
        sender.socket.sendall(frame(message("f")))
        answer = sender.answer()
        assert sender.ask(message("f")) == "AE"
    assert field_of(answer, "MSA", 1) == "AE"
    assert "No such ward." in field_of(answer, "ERR", 8)
    assert [run.state for run in runs(world, flow)] == ["dead"]


def test_an_outcome_that_comes_too_late_asks_the_sender_to_come_again(world, shop, door, sink):
    sink.mode(Mode(kind="hang", first=1))
    flow, port = publish(
        shop, door, listening(answer="application"), http(f"{sink.url}/x", timeout_s=1.0),
        reply="sync", deadline_s=1.0, retry=[0.01],
    )  # fmt: skip
    with Sender(port) as sender:
        assert sender.ask(message("l")) == "AR"
        (run,) = runs(world, flow)
        world.until(run.id, "succeeded")
        assert sender.ask(message("l")) == "AA"


# what is broken


def test_a_broken_message_is_refused_and_the_next_one_is_taken(world, shop, door):
    flow, port = publish(shop, door, listening())
    with Sender(port) as sender:
        for text in (
            b"",
            b"hello",
            message()[:20],
            message() + message(),
            b"PID|1\r",
            b"MSH|^~\\&|\xff\xfe|\r",
            message(more="||||||EBCDIC"),
        ):
            assert sender.ask(text) in ("AE", "AR"), text
        assert sender.ask(message("good")) == "AA"
    assert len(runs(world, flow)) == 1


def test_bytes_before_a_frame_are_refused_and_the_frame_is_taken(shop, door):
    _, port = publish(shop, door, listening())
    with Sender(port) as sender:
        sender.socket.sendall(b"noise" + frame(message("after")))
        assert [sender.code(), sender.code()] == ["AR", "AA"]


def test_who_does_not_speak_mllp_is_told_and_hung_up_on(shop, door):
    _, port = publish(shop, door, listening())
    with Sender(port) as sender:
        sender.socket.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert sender.code() == "AR"
        assert sender.is_closed()


def test_a_message_that_is_too_large_is_refused_before_it_ends(world, shop, door):
    flow, port = publish(shop, door, listening(max_bytes=20_000))
    with Sender(port) as sender:
        sender.socket.sendall(b"\x0b" + b"x" * 30_000)
        assert sender.code() == "AR"
        assert sender.is_closed()
    assert runs(world, flow) == []


def test_a_message_that_drips_in_is_given_up(shop, door):
    _, port = publish(shop, door, listening())
    with Sender(port) as slow, Sender(port) as other:
        slow.socket.sendall(b"\x0bMSH|")
        assert other.ask(message("o")) == "AA"
        assert slow.is_closed()


def test_half_a_message_is_no_message(world, shop, door):
    flow, port = publish(shop, door, listening())
    with Sender(port) as sender:
        sender.socket.sendall(frame(message("h"))[:-1])
    with Sender(port) as sender:
        assert sender.ask(message("i")) == "AA"
    assert len(runs(world, flow)) == 1


def test_connections_of_one_port_are_bounded(shop, door):
    _, port = publish(shop, door, listening())
    senders = [Sender(port) for _ in range(4)]
    try:
        assert [sender.ask(message(f"b{n}")) for n, sender in enumerate(senders)] == ["AA"] * 4
        with Sender(port) as fifth:
            assert fifth.is_closed()
    finally:
        for sender in senders:
            sender.socket.close()


def test_unfinished_messages_are_bounded_together(shop, door):
    _, port = publish(shop, door, listening())
    with Sender(port) as one, Sender(port) as two:
        for sender in (one, two):
            sender.socket.sendall(b"\x0b" + b"x" * 200_000)
        assert one.is_closed()
        assert two.is_closed()
    with Sender(port) as three:
        assert three.ask(message("t")) == "AA"


def test_strangers_are_hung_up_on(shop, door):
    _, port = publish(shop, door, listening(networks=["10.0.0.0/8"]))
    with Sender(port) as sender:
        assert sender.is_closed()


def test_an_accepted_network_may_connect(shop, door):
    _, port = publish(shop, door, listening(networks=["10.0.0.0/8", "127.0.0.1/32"]))
    with Sender(port) as sender:
        assert sender.ask(message()) == "AA"


# ports


def test_a_port_is_one_flows_whoever_has_it(world, shop, door):
    step = listening()
    first, port = publish(shop, door, step)
    other = world.shop()
    with pytest.raises(FlowError) as refused:
        other.publish(step)
    assert (refused.value.code, refused.value.place) == ("mllp.port_taken", "steps.order.config.port")
    first.publish_again(webhook())
    door.do(door.listeners.refresh())
    _, same = publish(other, door, step)
    with Sender(same) as sender:
        assert (same, sender.ask(message())) == (port, "AA")


def test_a_new_version_may_move_to_another_port(world, shop, door):
    flow, port = publish(shop, door, listening())
    with Sender(port) as sender:
        step = listening()
        flow.publish_again(step)
        door.do(door.listeners.refresh())
        assert sender.is_closed()
    with pytest.raises(ConnectionRefusedError):
        Sender(port)
    with Sender(step["config"]["port"]) as sender:
        assert sender.ask(message()) == "AA"


def test_a_flow_that_is_switched_off_does_not_listen(world, shop, door):
    flow, port = publish(shop, door, listening())
    for enabled in (False, True):
        with world.orm():
            services.set_enabled(by=shop.actor, flow_id=flow.id, enabled=enabled)
        door.do(door.listeners.refresh())
        if not enabled:
            with pytest.raises(ConnectionRefusedError):
                Sender(port)
    with Sender(port) as sender:
        assert sender.ask(message()) == "AA"


def test_only_open_ports_can_be_published(shop, settings):
    for ports, hint in (((), "SEVENM_MLLP_PORTS"), ((range(2575, 2576),), "Open are 2575.")):
        settings.SEVENM = replace(settings.SEVENM, mllp=Mllp("127.0.0.1", ports, "", ""))
        with pytest.raises(FlowError) as refused:
            shop.publish(listening())
        assert refused.value.place == "steps.order.config.port"
        assert hint in refused.value.hint


def test_the_sender_waits_only_where_the_flow_does(shop):
    with pytest.raises(FlowError) as refused:
        shop.publish(listening(answer="application", networks=["home"]))
    assert {problem.code for problem in refused.value.problems} == {"mllp.nobody_waits", "mllp.network"}


def test_what_is_under_way_is_answered_before_a_door_closes(world, shop, sink):
    sink.mode(Mode(delay_ms=400))
    own = world.door()
    own.listen()
    flow, port = publish(shop, own, listening(answer="application"), http(f"{sink.url}/x"), reply="sync")
    with Sender(port) as busy, Sender(port) as idle:
        busy.socket.sendall(frame(message("w")) + frame(message("late")))
        wait_until(lambda: runs(world, flow), within_s=5, what="the run")
        world.doors.remove(own)
        own.close()
        assert (busy.code(), busy.is_closed(), idle.is_closed()) == ("AA", True, True)
    assert len(runs(world, flow)) == 1


def test_two_doors_share_a_port(world, shop, door):
    other = world.door()
    other.listen()
    flow, port = publish(shop, door, listening())
    other.do(other.listeners.refresh())
    for number in range(6):
        with Sender(port) as sender:
            assert sender.ask(message(f"s{number}")) == "AA"
    world.doors.remove(other)
    other.close()
    assert len(runs(world, flow)) == 6


# sending


def sending(port, **config):
    given = {"host": "127.0.0.1", "port": port, "value": ["get", "order", "body", "text"], "timeout_s": 5}
    return {"key": "send", "kind": "mllp_send", "config": {**given, **config}}


def send(flow, control_id="7", **more):
    return flow.send({"text": message(control_id, **more).decode()}).run


def outcomes(world, run):
    return [outcome for _, _, _, outcome, _ in world.attempts(run)]


def test_a_message_is_sent_and_its_acknowledgement_is_the_output(world, shop):
    with Hospital() as hospital:
        flow = shop.publish(
            webhook(), sending(hospital.port), respond(value=["get", "send", "code"]), reply="sync"
        )
        answers = [flow.send({"text": message(f"s{n}").decode().replace("\r", "\n")}) for n in range(3)]
    assert [(answer.status, answer.body) for answer in answers] == [(200, b"AA")] * 3
    assert hospital.received == [message(f"s{n}") for n in range(3)]
    assert hospital.connections == 1


def test_a_record_gets_time_and_control_id_the_same_in_every_attempt(world, shop):
    record = {
        "segments": [
            {
                "MSH": {
                    "1": "|",
                    "2": "^~\\&",
                    "3": "ERP",
                    "9": {"1": "ADT", "2": "A08"},
                    "11": "P",
                    "12": "2.5.1",
                }
            },
            {"PID": {"1": 1, "5": [{"1": {"1": "DOE"}}]}},
        ]
    }
    with Hospital([hang_up, answering("AA")]) as hospital:
        flow = shop.publish(webhook(), sending(hospital.port, value=BODY), retry=FAST)
        run = flow.send(record).run
        assert world.until(run).state == "succeeded"
    first, second = hospital.received
    assert first == second
    assert field_of(first, "MSH", 10) == "1"
    assert len(field_of(first, "MSH", 7)) >= 14


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (hang_up, UNKNOWN),
        (lambda text: b"HTTP/1.1 400 Bad Request\r\n\r\n", UNKNOWN),
        (lambda text: frame(b"\x15"), UNKNOWN),
        (lambda text: frame(b"nonsense"), UNKNOWN),
        (lambda text: frame(message()), UNKNOWN),
        (lambda text: frame(ack(message("other"), "AA")), UNKNOWN),
        (lambda text: accept(text) * 2, OK),
        (lambda text: frame(b"\x06") + accept(text), OK),
    ],
    ids=["hangs up", "http", "nak", "no hl7", "no ack", "other ack", "twice", "receipt first"],
)
def test_an_answer_that_is_none_is_tried_again(world, shop, behaviour, outcome):
    with Hospital([behaviour]) as hospital:
        flow = shop.publish(webhook(), sending(hospital.port), retry=FAST)
        run = send(flow)
        assert world.until(run).state == "succeeded"
        assert outcomes(world, run) == ([OK] if outcome == OK else [outcome, OK])
        second = send(flow, "8")
        assert world.until(second).state == "succeeded"


def test_silence_is_tried_again_on_a_new_connection(world, shop):
    with Hospital([say_nothing]) as hospital:
        flow = shop.publish(webhook(), sending(hospital.port, timeout_s=0.3), retry=FAST)
        run = send(flow)
        assert world.until(run).state == "succeeded"
    assert (outcomes(world, run), hospital.connections) == ([UNKNOWN, OK], 2)
    assert len(set(hospital.received)) == 1


@pytest.mark.parametrize("code", ["AE", "AR", "CE", "CR"])
def test_a_refusal_is_final_and_tells_no_data(world, shop, code):
    more = "|Patient DOE unknown\rERR||PID^1^5|204^Unknown key identifier^HL70357|E||||No patient JANE DOE"
    with Hospital([answering(code, more)]) as hospital:
        flow = shop.publish(webhook(), sending(hospital.port), retry=FAST)
        found = world.until(send(flow))
    assert (found.state, found.dead_reason, found.error_code) == (
        "dead",
        "refused",
        f"mllp.refused_{code.lower()}",
    )
    assert outcomes(world, found.id) == [REFUSED]
    assert f"answered {code}: PID 1 5, error 204" in found.error_message
    assert not any(word in found.error_message for word in ("DOE", "JANE", "Patient", "patient"))


def test_what_may_be_sent_once_only_waits_for_a_person(world, shop):
    with Hospital([say_nothing]) as hospital:
        flow = shop.publish(webhook(), sending(hospital.port, timeout_s=0.3, mode="at_most_once"), retry=FAST)
        assert world.until(send(flow)).state == "in_doubt"
    assert len(hospital.received) == 1


def test_messages_go_one_after_the_other_unless_told_otherwise(world, shop):
    for at_once, most in ((1, 1), (4, 4)):
        with Hospital([linger] * 8) as hospital:
            flow = shop.publish(webhook(), sending(hospital.port, at_once=at_once))
            answers = [flow.begin({"text": message(f"o{n}").decode()}) for n in range(8)]
            for answer in answers:
                world.until(answer.result(20).run, "succeeded")
        assert hospital.most_at_once == most
        assert hospital.connections == most


def test_a_host_that_is_away_opens_the_breaker_and_gets_everything_later(world, shop):
    with Hospital([hang_up] * 6) as hospital:
        flow = shop.publish(webhook(), sending(hospital.port), retry=[0.01] * 8)
        sent = [send(flow, f"x{number}") for number in range(4)]
        opened = wait_until(
            lambda: world.sql("SELECT connector FROM engine_breaker WHERE tenant_id = %s", shop.id),
            within_s=10,
            what="the breaker to open",
        )
        for run in sent:
            world.until(run, "succeeded")
        assert len({field_of(text, "MSH", 10) for text in hospital.received}) == 4
    assert opened == [("mllp",)]


def test_nobody_there_was_not_sent(world, shop):
    flow = shop.publish(webhook(), sending(free_port()), retry=[0.01])
    found = world.until(send(flow))
    assert (found.dead_reason, found.error_code) == ("unavailable", "remote.connect")
    assert outcomes(world, found.id) == [RETRYABLE] * 2


@pytest.mark.parametrize(("host", "port"), [("10.0.0.1", 2575), ("127.0.0.1", 1023), ("a/b", 2575)])
def test_the_guard_stands_before_every_host(world, shop, host, port):
    if host == "a/b":
        with pytest.raises(FlowError):
            shop.publish(webhook(), sending(port, host=host))
        return
    found = world.until(send(shop.publish(webhook(), sending(port, host=host))))
    assert (found.state, found.error_code.split(".")[0]) == ("dead", "egress")


async def test_our_own_listeners_are_closed_to_flows_on_this_machine():
    policy = EgressPolicy(POLICY.allowed_networks, POLICY.allowed_ports, own_ports=frozenset({2575}))
    guard = Guard(policy)
    assert await guard.addresses("127.0.0.1", 2576) == ["127.0.0.1"]
    for host in ("127.0.0.1", "127.9.9.9", "::ffff:127.0.0.1", "localhost"):
        with pytest.raises(RefusedError):
            await guard.addresses(host, 2575)


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of localhost that only its own file vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    form = serialization.PrivateFormat.PKCS8
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, form, plain))
    return str(file)


def served_by(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def test_a_listener_with_a_certificate_speaks_tls_only(world, shop, certificate):
    own = world.door()
    own.listen(tls=served_by(certificate))
    _, port = publish(shop, own, listening())
    with Sender(port, ssl.create_default_context(cafile=certificate)) as sender:
        assert sender.ask(message()) == "AA"
    with Sender(port) as plain:
        plain.socket.sendall(frame(message("p")))
        with pytest.raises((EOFError, OSError)):
            plain.answer()


def test_a_host_whose_certificate_nobody_vouches_for_gets_nothing(world, shop, certificate):
    with Hospital(tls=served_by(certificate)) as hospital:
        flow = shop.publish(webhook(), sending(hospital.port, tls=True), retry=[])
        found = world.until(send(flow))
    assert (found.error_code, hospital.received) == ("remote.tls", [])
