import pytest

from sevenm import home
from sevenm.config import Role, SettingsError, load


def environ(folder, **more: str) -> dict[str, str]:
    return {"SEVENM_HOME": str(folder), **more}


@pytest.fixture
def prepared(tmp_path):
    home.prepare(tmp_path)
    return tmp_path


def test_all_problems_are_named_at_once(tmp_path) -> None:
    wrong = {"SEVENM_PORT": "99999", "SEVENM_ROLE": "root", "REDIS_URL": "http://x", "SEVENM_PROT": "1"}
    with pytest.raises(SettingsError) as raised:
        load(environ(tmp_path, **wrong))
    assert raised.value.problems == (
        "SEVENM_ROLE must be one of owner, web, engine, not 'root'",
        "REDIS_URL must begin with redis:// or rediss:// or unix://",
        "SEVENM_PORT must be from 0 to 65535, not 99999",
        "SEVENM_PROT is not a setting of 7M",
    )


@pytest.mark.parametrize("role", list(Role))
def test_each_role_has_its_own_way_into_the_embedded_server(prepared, role) -> None:
    config = load(environ(prepared, SEVENM_ROLE=role))
    assert config.database.user == f"sevenm_{role}"
    assert config.database.password == config.instance.passwords[role]
    assert config.database.host == str(config.instance.postgres_sockets)


def test_an_administrator_in_the_address_never_becomes_a_role(prepared) -> None:
    config = load(environ(prepared, DATABASE_URL="postgresql://postgres:secret@db:5433/seven"))
    owner = config.databases[Role.OWNER]
    assert (owner.user, owner.host, owner.port, owner.name) == ("sevenm_owner", "db", 5433, "seven")
    assert config.administrator == "postgresql://postgres:secret@/seven?host=db&port=5433"


def test_an_address_without_a_user_names_only_the_server(prepared) -> None:
    config = load(environ(prepared, DATABASE_URL="postgresql://db/seven", SEVENM_ROLE="web"))
    assert config.database.user == "sevenm_web"
    assert config.administrator == ""


def test_a_role_with_an_address_of_its_own_uses_it(prepared) -> None:
    config = load(environ(prepared, DATABASE_URL_WEB="postgresql://w:p%40ss@db/seven", SEVENM_ROLE="web"))
    assert (config.database.user, config.database.password) == ("w", "p@ss")


def test_nothing_secret_stands_in_the_representation(prepared) -> None:
    config = load(environ(prepared, SEVENM_SMTP_URL="smtp://user:hunter2@mail"))
    shown = repr(config)
    secrets = [config.secret_key, "hunter2", *config.instance.passwords.values()]
    assert [secret for secret in secrets if secret in shown] == []


def test_cookies_are_bound_to_the_host_where_there_is_https(prepared) -> None:
    config = load(environ(prepared, SEVENM_PUBLIC_URL="https://7m.example/"))
    assert (config.public_url, config.cookie_prefix) == ("https://7m.example", "__Host-7m-")
    assert "7m.example" in config.allowed_hosts


def test_celery_gets_the_broker_in_its_own_words(prepared) -> None:
    config = load(environ(prepared))
    assert config.broker_url == f"redis+socket://{config.instance.valkey_socket}"


def test_flows_listen_nowhere_unless_ports_are_opened(prepared) -> None:
    assert load(environ(prepared)).mllp.ports == ()
    opened = load(environ(prepared, SEVENM_MLLP_PORTS="2575, 6661-6662"))
    assert opened.mllp.ports == (range(2575, 2576), range(6661, 6663))


def test_a_certificate_needs_its_key_and_both_their_files(prepared) -> None:
    with pytest.raises(SettingsError) as raised:
        load(environ(prepared, SEVENM_MLLP_CERT=str(prepared / "gone.pem")))
    assert raised.value.problems == (
        "SEVENM_MLLP_CERT is of no use alone: give SEVENM_MLLP_CERT and SEVENM_MLLP_KEY",
        f"SEVENM_MLLP_CERT names a file that is not there: {prepared / 'gone.pem'}",
    )
