"""The egress guard against addresses that must not be called."""

import json
from collections.abc import Sequence
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from integrations.connectors.addresses import FORBIDDEN_V4, FORBIDDEN_V6, read_networks, why_forbidden
from integrations.connectors.client import Outbound, OutboundRequest
from integrations.connectors.egress import EgressPolicy, Guard, development, read_ports
from integrations.errors import RefusedError
from tests.connectors.peers import answering, local_guard

REFUSED = json.loads((Path(__file__).parents[1] / "data/egress_refused_urls.json").read_text())["urls"]


def test_the_corpus_is_large_enough():
    assert len({case["url"] for case in REFUSED}) >= 300


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: ascii(case["url"])[:60])
def test_bad_urls_are_refused_with_their_reason(case):
    with pytest.raises(RefusedError) as refused:
        Guard(EgressPolicy()).check_url(case["url"])
    assert refused.value.code == case["code"]


async def test_no_bad_url_reaches_the_resolver():
    asked = []

    async def lookup(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    async with Outbound(Guard(EgressPolicy(), lookup)) as outbound:
        for case in REFUSED:
            with pytest.raises(RefusedError):
                await outbound.send(OutboundRequest(method="GET", url=case["url"]))
    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://api.airwallex.com/api/v1/x?y=1",
        "http://files.example:8080/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://[64:ff9b::8.8.8.8]/",
        "https://files.example./",
        "HTTPS://FILES.EXAMPLE/",
    ],
)
def test_public_addresses_pass(url):
    assert Guard(EgressPolicy()).check_url(url).host


def test_names_in_other_scripts_are_called_by_their_ascii_form():
    assert Guard(EgressPolicy()).check_url("https://bücher.example/ä").raw_host == "xn--bcher-kva.example"


@pytest.mark.parametrize("network", [str(network) for network, _ in FORBIDDEN_V4 + FORBIDDEN_V6])
def test_first_and_last_address_of_every_special_range_are_closed(network):
    (whole,) = read_networks(network)
    assert why_forbidden(str(whole[0])) is not None
    assert why_forbidden(str(whole[-1])) is not None


@pytest.mark.parametrize("network", [str(network) for network, _ in FORBIDDEN_V4])
@pytest.mark.parametrize("shape", ["::ffff:{}", "64:ff9b::{}", "::ffff:0:{}", "2606:4700::5efe:{}"])
def test_special_ranges_stay_closed_inside_ipv6(network, shape):
    (whole,) = read_networks(network)
    assert why_forbidden(shape.format(whole[0])) is not None
    assert why_forbidden(shape.format(whole[-1])) is not None


def test_the_operator_opens_a_network_and_nothing_beside_it():
    allowed = (IPv4Network("10.1.0.0/16"),)
    assert why_forbidden("10.1.2.3", allowed) is None
    assert why_forbidden("::ffff:10.1.2.3", allowed) is None
    assert why_forbidden("10.2.0.0", allowed) == "private"
    assert why_forbidden("2002:a01:203::1", allowed) is not None


@pytest.mark.parametrize("text", ["0", "70000", "9-3", "x", "1-70000"])
def test_port_lists_that_make_no_sense_are_refused(text):
    with pytest.raises(ValueError, match=r"port|invalid"):
        read_ports(text)


def test_denied_ports_stay_closed_in_development():
    guard = Guard(development(denied_ports=[5432]))
    assert guard.check_url("http://127.0.0.1:9100/").port == 9100
    with pytest.raises(RefusedError, match="port"):
        guard.check_url("http://127.0.0.1:5432/")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00:ec2::254"]
)
async def test_a_name_with_one_bad_address_is_refused_whole(address):
    async def lookup(host: str, port: int) -> Sequence[str]:
        return ["8.8.8.8", address]

    async with Outbound(Guard(EgressPolicy(), lookup)) as outbound:
        with pytest.raises(RefusedError) as refused:
            await outbound.send(OutboundRequest(method="GET", url="https://files.example/"))
    assert refused.value.code == "egress.address"


async def test_a_name_that_turns_bad_is_refused_when_it_is_asked_again():
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") as port:
        answers = [["127.0.0.1"], ["169.254.169.254"]]

        async def lookup(host: str, asked_port: int) -> Sequence[str]:
            return answers.pop(0)

        guard = local_guard(port, lookup)
        for _ in range(2):
            outbound = Outbound(guard)
            request = OutboundRequest(method="GET", url=f"http://rebind.example:{port}/")
            if len(answers) == 2:
                assert (await outbound.send(request)).status == 200
            else:
                with pytest.raises(RefusedError, match="link-local"):
                    await outbound.send(request)
            await outbound.close()
    assert answers == []


async def test_one_look_up_serves_the_check_and_the_connection():
    asked = []
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as port:

        async def lookup(host: str, asked_port: int) -> Sequence[str]:
            asked.append(host)
            return ["127.0.0.1"]

        async with Outbound(local_guard(port, lookup)) as outbound:
            for _ in range(5):
                await outbound.send(OutboundRequest(method="GET", url=f"http://pinned.example:{port}/"))
    assert asked == ["pinned.example"]
