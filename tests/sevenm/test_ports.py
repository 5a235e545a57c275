import pytest

from sevenm import home, ports
from sevenm.commands import up
from sevenm.config import load
from tests.stack import product_environ


def prepared(folder, **settings: str):
    """Give a prepared home's settings and environment, as `sevenm up` has them before it takes its ports."""
    environ = {**product_environ(folder), **settings}
    home.prepare(folder)
    return load(environ), environ


def taken(doors) -> dict[str, int]:
    ports_taken = {name: ports.port_of(listener) for name, listener in doors.items()}
    for listener in doors.values():
        listener.close()
    return ports_taken


def test_two_copies_that_start_together_take_different_ports(tmp_path, capsys) -> None:
    one, other = prepared(tmp_path / "one"), prepared(tmp_path / "other")
    assert one[0].port == other[0].port
    first = up.take_doors(*one, sandbox=True)
    second = taken(up.take_doors(*other, sandbox=True))
    mine = taken(first)
    assert mine["web"] == one[0].port
    assert second["web"] > mine["web"]
    assert f"port {mine['web']} is taken: web takes {second['web']}" in capsys.readouterr().out


def test_the_ports_taken_are_remembered(tmp_path) -> None:
    config, environ = prepared(tmp_path)
    with ports.listen("127.0.0.1", config.port):
        found = taken(up.take_doors(config, environ, sandbox=False))
    assert load(environ).port == found["web"] != config.port
    assert load(environ).sandbox_port == config.sandbox_port


def test_a_port_that_was_asked_for_is_not_changed(tmp_path) -> None:
    with ports.listen("127.0.0.1", 0) as other:
        port = ports.port_of(other)
        with pytest.raises(ports.PortTakenError, match=str(port)):
            up.take_doors(*prepared(tmp_path, SEVENM_PORT=str(port)), sandbox=False)


def test_an_address_that_is_not_ours_is_named(tmp_path) -> None:
    with pytest.raises(ports.ListenError, match=r"cannot listen on 192\.0\.2\.1, port 7070"):
        ports.listen("192.0.2.1", 7070)
