import os
import stat

import pytest

from sevenm import home


def test_a_second_preparation_changes_nothing(tmp_path) -> None:
    first = home.prepare(tmp_path)
    key = (tmp_path / "keys" / "django.key").read_text()
    assert home.prepare(tmp_path) == first
    assert (tmp_path / "keys" / "django.key").read_text() == key


def test_two_homes_share_no_port_socket_or_password(tmp_path) -> None:
    one, other = home.prepare(tmp_path / "one"), home.prepare(tmp_path / "other")
    assert one.runtime != other.runtime
    assert one.postgres_port != other.postgres_port
    assert set(one.passwords.values()).isdisjoint(other.passwords.values())


@pytest.mark.parametrize(("name", "mode"), [("instance.json", 0o600), ("keys/django.key", 0o400)])
def test_secrets_are_for_nobody_else(tmp_path, name, mode) -> None:
    home.prepare(tmp_path)
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode


def test_a_home_takes_one_copy(tmp_path) -> None:
    home.prepare(tmp_path)
    in_use = pytest.raises(home.HomeInUseError, match=f"process {os.getpid()}")
    with home.locked(tmp_path), in_use, home.locked(tmp_path):
        pass
    with home.locked(tmp_path):
        pass


def test_a_runtime_folder_of_somebody_else_is_refused(tmp_path) -> None:
    instance = home.prepare(tmp_path)
    instance.runtime.mkdir(mode=0o777)
    instance.runtime.chmod(0o777)
    try:
        with pytest.raises(RuntimeError, match="belongs to somebody else"):
            home.make_runtime(instance)
    finally:
        instance.runtime.rmdir()
