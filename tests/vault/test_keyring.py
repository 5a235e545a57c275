import base64
from dataclasses import replace
from uuid import UUID

import pytest

from integrations.errors import ConfigError
from integrations.vault import keyring as keyrings
from integrations.vault.envelope import UnreadableError
from integrations.vault.keyring import (
    Keyring,
    append_root,
    create_missing,
    drop_roots,
    environment_roots,
    key_file,
)
from integrations.vault.purposes import WEB_PURPOSES, WORKER_PURPOSES, Purpose

TENANT = UUID(int=7)


@pytest.fixture
def folder(tmp_path):
    create_missing(tmp_path / "keys", Purpose)
    return tmp_path / "keys"


def test_the_first_start_makes_each_key_once(tmp_path):
    folder = tmp_path / "keys"
    assert create_missing(folder, Purpose) == list(Purpose)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert create_missing(folder, Purpose) == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert len(set(before.values())) == len(Purpose)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o400}
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o600, 0o440, 0o404, 0o444, 0o500, 0o644, 0o777])
def test_a_key_file_that_is_open_stops_the_start(folder, mode):
    key_file(folder, Purpose.DATA).chmod(mode)
    with pytest.raises(ConfigError) as refusal:
        Keyring(folder, [Purpose.DATA])
    assert refusal.value.code == "vault.key_mode"


def test_a_missing_key_file_stops_the_start(tmp_path):
    with pytest.raises(ConfigError) as refusal:
        Keyring(tmp_path, [Purpose.DATA])
    assert refusal.value.code == "vault.key_missing"


def test_a_link_is_not_a_key_file(folder, tmp_path):
    link = tmp_path / "data.key"
    link.symlink_to(key_file(folder, Purpose.DATA))
    with pytest.raises(ConfigError):
        Keyring(tmp_path, [Purpose.DATA])


BROKEN = {
    "empty": b"",
    "no number": base64.b64encode(bytes(32)),
    "short key": b"1 " + base64.b64encode(bytes(31)),
    "not base64": b"1 " + b"!" * 44,
    "numbers go back": b"".join(b"%d %s\n" % (n, base64.b64encode(bytes(32))) for n in (2, 1)),
    "number 0": b"0 " + base64.b64encode(bytes(32)),
    "other digits": "\N{ARABIC-INDIC DIGIT ONE} ".encode() + base64.b64encode(bytes(32)),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_malformed_key_file_stops_the_start(tmp_path, content):
    keyrings.replace_private(key_file(tmp_path, Purpose.DATA), content)
    with pytest.raises(ConfigError) as refusal:
        Keyring(tmp_path, [Purpose.DATA])
    assert refusal.value.code == "vault.key_file"


def test_each_process_holds_its_own_purposes_only(folder):
    web, worker = Keyring(folder, WEB_PURPOSES), Keyring(folder, WORKER_PURPOSES)
    credential = worker.new_tenant_key(TENANT, Purpose.CRED)
    with pytest.raises(ConfigError) as refusal:
        web.unwrap(credential)
    assert refusal.value.code == "vault.purpose_not_held"
    with pytest.raises(ConfigError):
        worker.new_tenant_key(TENANT, Purpose.AUTH)


def test_a_tenant_key_unwraps_in_its_place_only(folder):
    ring = Keyring(folder, Purpose)
    row = ring.new_tenant_key(TENANT, Purpose.DATA)
    assert len(row.wrapped) == 60
    assert len(ring.unwrap(row)) == 32
    moved = [
        replace(row, tenant_id=UUID(int=8)),
        replace(row, purpose="ingress"),
        replace(row, version=2),
        replace(row, wrapped=row.wrapped[:-1] + bytes([row.wrapped[-1] ^ 1])),
        replace(row, wrapped=row.wrapped[:-1]),
        replace(row, wrapped=b""),
        replace(row, root_version=2),
    ]
    for one in moved:
        with pytest.raises(UnreadableError):
            ring.unwrap(one)


def test_a_new_root_is_heard_of_by_running_processes(folder):
    running, rotating = Keyring(folder, [Purpose.DATA]), Keyring(folder, [Purpose.DATA])
    old = running.new_tenant_key(TENANT, Purpose.DATA)
    assert append_root(key_file(folder, Purpose.DATA)) == 2
    newer = rotating.new_tenant_key(TENANT, Purpose.DATA, 2)
    assert newer.root_version == 2
    assert len(running.unwrap(newer)) == len(running.unwrap(old)) == 32
    assert running.new_tenant_key(TENANT, Purpose.DATA, 3).root_version == 2


def test_dropping_roots_keeps_the_current_one(folder):
    path = key_file(folder, Purpose.DATA)
    for _ in range(3):
        append_root(path)
    assert drop_roots(path, keep=[2]) == [1, 3]
    assert sorted(keyrings.read_root(path)) == [2, 4]
    assert path.stat().st_mode & 0o777 == 0o400


def test_derived_keys_differ_by_label_purpose_and_version(folder):
    append_root(key_file(folder, Purpose.AUTH))
    ring = Keyring(folder, Purpose)
    derived = {ring.derive(p, label, version=1) for p in (Purpose.AUTH, Purpose.DATA) for label in ("a", "b")}
    derived.add(ring.derive(Purpose.AUTH, "a", version=2))
    assert len(derived) == 5
    assert ring.derive(Purpose.AUTH, "a", version=1) in derived


def test_roots_in_the_environment_are_for_development_only(tmp_path):
    environment = {"SEVENM_ROOT_DATA": base64.b64encode(bytes(32)).decode(), "PATH": "/bin"}
    with pytest.raises(ConfigError) as refusal:
        environment_roots(environment, development=False)
    assert refusal.value.code == "vault.root_in_environment"
    assert environment_roots({"PATH": "/bin"}, development=False) == {}
    roots = environment_roots(environment, development=True)
    ring = Keyring(tmp_path, [Purpose.DATA], extra=roots)
    assert len(ring.unwrap(ring.new_tenant_key(TENANT, Purpose.DATA))) == 32


def test_a_shredded_tenant_has_no_cipher(folder):
    ring = Keyring(folder, Purpose)
    with pytest.raises(UnreadableError) as refusal:
        ring.cipher([replace(ring.new_tenant_key(TENANT, Purpose.DATA), wrapped=b"", is_destroyed=True)])
    assert refusal.value.code == "vault.no_key"
