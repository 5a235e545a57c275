"""Every setting of 7M: the environment, read once into one frozen `Config`.

A wrong value stops the start, and all wrong values are named at once. `VARIABLES` is the one list of what may
be set; the reference page ``docs/reference/configuration.md`` is made from it. Where nothing is set, the
embedded servers of the home folder are used (`sevenm.home`).
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from sevenm.home import Instance, find_instance

DEADLINES = "-c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"
PROJECT = Path(__file__).resolve().parent.parent
IS_PACKAGE = not (PROJECT / "manage.py").exists()
"""Whether this is an installed wheel: what the pages are made of is in a folder of its own (setup.py)."""
PAGES = PROJECT / "sevenm" / "pages" if IS_PACKAGE else PROJECT
HOME = Path("~/.sevenm") if IS_PACKAGE else PROJECT / ".sevenm"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Role(StrEnum):
    """The database role a process works as: what it may see is decided there."""

    OWNER = "owner"
    WEB = "web"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Database:
    """One way into PostgreSQL. `host` is a folder where the server is reached by a Unix socket."""

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)

    @property
    def conninfo(self) -> str:
        """The address in the form psycopg takes."""
        user, password = quote(self.user, safe=""), quote(self.password, safe="")
        name, host = quote(self.name, safe=""), quote(self.host, safe="")
        return f"postgresql://{user}:{password}@/{name}?host={host}&port={self.port}"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what a door takes in (SECURITY section 8)."""

    body_bytes: int
    document_bytes: int
    file_bytes: int
    header_bytes: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class Mail:
    """How mail leaves; without a server it is dropped, and `sevenm doctor` says so.

    domains: where mail of flows may go; empty for anywhere.
    """

    backend: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    starttls: bool
    tls: bool
    sender: str
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mllp:
    """Where flows may listen for HL7 messages: nowhere without ports. certificate, key: files for TLS."""

    host: str
    ports: tuple[range, ...]
    certificate: str
    key: str


class SettingsError(Exception):
    """The environment is wrong; the message lists every problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            "The configuration is wrong:\n" + "\n".join(f"  - {problem}" for problem in problems)
        )
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of this process."""

    home: Path
    role: Role
    databases: Mapping[Role, Database]
    administrator: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    keys: Path
    host: str
    port: int
    public_url: str
    allowed_hosts: tuple[str, ...]
    region: str
    sandbox: bool
    sandbox_host: str
    sandbox_port: int
    sandbox_url: str
    egress_networks: tuple[Network, ...]
    egress_ports: tuple[range, ...]
    retention_h: int
    worker_threads: int
    db_pool: int
    engine_pool: int
    api_rate: int
    limits: Limits
    mllp: Mllp
    mail: Mail
    log_level: str
    vite_dev: bool
    embedded_postgres: bool
    embedded_valkey: bool
    instance: Instance | None = field(repr=False)

    @property
    def database(self) -> Database:
        return self.databases[self.role]

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def cookie_prefix(self) -> str:
        """Browsers accept ``__Host-`` only over https; two copies on one machine must not share a cookie."""
        return "__Host-7m-" if self.is_https else f"7m-{self.port}-"

    @property
    def django_database_options(self) -> dict[str, Any]:
        """What Django passes to psycopg: deadlines for everybody, and a pool for the web process."""
        if self.role is Role.OWNER:
            return {"connect_timeout": 10, "application_name": "sevenm-owner"}
        options: dict[str, Any] = {
            "connect_timeout": 10,
            "application_name": f"sevenm-{self.role}",
            "options": DEADLINES,
        }
        if self.role is Role.WEB:
            options["pool"] = {"min_size": 1, "max_size": self.db_pool, "timeout": 10}
        return options

    @property
    def broker_url(self) -> str:
        """The Redis address in the form Celery takes."""
        if self.redis_url.startswith("unix://"):
            return "redis+socket://" + self.redis_url.removeprefix("unix://")
        return self.redis_url


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its default as text, what it means, and how it is read."""

    name: str
    default: str
    help: str
    parse: Callable[[str], object] = str


def _integer(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError(f"is not a whole number: {text!r}") from None
        if not low <= number <= high:
            raise ValueError(f"must be from {low} to {high}, not {number}")
        return number

    return parse


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}, not {text!r}")
        return text

    return parse


def _flag(text: str) -> bool:
    return _choice("0", "1")(text) == "1"


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.replace(",", " ").split() if word)


def _networks(text: str) -> tuple[Network, ...]:
    networks = []
    for word in _words(text):
        try:
            networks.append(ipaddress.ip_network(word))
        except ValueError:
            raise ValueError(f"is not a network such as 10.1.0.0/16: {word!r}") from None
    return tuple(networks)


def _ports(text: str) -> tuple[range, ...]:
    ranges = []
    for word in _words(text):
        first, _, last = word.partition("-")
        if (
            not first.isdigit()
            or not (last or first).isdigit()
            or not 0 < int(first) <= int(last or first) < 65536
        ):
            raise ValueError(f"is not a port or a range such as 9100-9199: {word!r}")
        ranges.append(range(int(first), int(last or first) + 1))
    return tuple(ranges)


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text and urlsplit(text).scheme not in schemes:
            raise ValueError(f"must begin with {' or '.join(scheme + '://' for scheme in schemes)}")
        return text.rstrip("/") if schemes[0].startswith("http") else text

    return parse


def _postgres(text: str) -> Database | None:
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError("must begin with postgresql://")
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    try:
        port = parts.port or int(query.get("port", "5432"))
    except ValueError:
        raise ValueError("has no port that is a number") from None
    host = parts.hostname or unquote(query.get("host", ""))
    if not host or not parts.path.strip("/"):
        raise ValueError("must name host and database: postgresql://user:password@host:5432/name")
    return Database(
        host,
        port,
        unquote(parts.path.strip("/")),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


_PORT = _integer(0, 65535)
VARIABLES: tuple[Variable, ...] = (
    Variable(
        "SEVENM_HOME",
        "",
        "Folder of this copy's data, keys and logs. Default: .sevenm beside the program, or ~/.sevenm.",
    ),
    Variable("SEVENM_ROLE", "owner", "Database role of this process.", _choice(*Role)),
    Variable(
        "DATABASE_URL", "", "PostgreSQL 16 or newer, as the owner. Default: the embedded server.", _postgres
    ),
    Variable("DATABASE_URL_WEB", "", "The same database as sevenm_web.", _postgres),
    Variable("DATABASE_URL_ENGINE", "", "The same database as sevenm_engine.", _postgres),
    Variable(
        "REDIS_URL", "", "Redis or Valkey. Default: the embedded server.", _url("redis", "rediss", "unix")
    ),
    Variable(
        "SEVENM_SECRET_KEY_FILE", "", "File of Django's secret key. Default: keys/django.key in the home."
    ),
    Variable("SEVENM_KEYS", "", "Folder of the root keys, one file per purpose. Default: keys in the home."),
    Variable("SEVENM_HOST", "127.0.0.1", "Address the web process listens on."),
    Variable("SEVENM_PORT", "0", "Port of the web process. 0: the one remembered in the home.", _PORT),
    Variable(
        "SEVENM_PUBLIC_URL", "", "Address people use, such as https://7m.example.", _url("http", "https")
    ),
    Variable("SEVENM_ALLOWED_HOSTS", "", "Further host names to answer to, separated by commas.", _words),
    Variable("SEVENM_REGION", "local", "Name of the region this process measures and serves."),
    Variable("SEVENM_SANDBOX", "0", "1: flows may call the sandbox; `sevenm up` sets it.", _flag),
    Variable("SEVENM_SANDBOX_HOST", "127.0.0.1", "Address the sandbox listens on."),
    Variable("SEVENM_SANDBOX_PORT", "0", "Port of the sandbox. 0: the one remembered in the home.", _PORT),
    Variable(
        "SEVENM_SANDBOX_URL",
        "",
        "Address of the sandbox, for connections in twin mode.",
        _url("http", "https"),
    ),
    Variable(
        "SEVENM_EGRESS_NETWORKS", "", "Private networks that flows may call, such as 10.1.0.0/16.", _networks
    ),
    Variable(
        "SEVENM_EGRESS_PORTS",
        "",
        "Ports that flows may call beside 80, 443, 8080 and 8443, such as 9000, 9100-9199.",
        _ports,
    ),
    Variable(
        "SEVENM_MLLP_PORTS",
        "",
        "Ports that flows may listen on for HL7 messages, such as 2575, 6661-6670. Empty: none.",
        _ports,
    ),
    Variable("SEVENM_MLLP_HOST", "127.0.0.1", "Address that flows listen on for HL7 messages."),
    Variable(
        "SEVENM_MLLP_CERT", "", "File of the certificate shown there, PEM with its chain; with it only TLS."
    ),
    Variable("SEVENM_MLLP_KEY", "", "File of the key of SEVENM_MLLP_CERT."),
    Variable(
        "SEVENM_RETENTION_H", "72", "Hours a dead letter is kept; never under 72.", _integer(72, 24 * 366)
    ),
    Variable("SEVENM_WORKER_THREADS", "4", "Threads that take announcements in one worker.", _integer(1, 64)),
    Variable("SEVENM_DB_POOL", "8", "Most database connections of one web process.", _integer(1, 200)),
    Variable("SEVENM_ENGINE_POOL", "6", "Most database connections of one engine.", _integer(2, 200)),
    Variable(
        "SEVENM_API_RATE",
        "50",
        "Calls of the API a second that one key may make; four times as many at once.",
        _integer(1, 100_000),
    ),
    Variable("SEVENM_BODY_BYTES", str(1 << 20), "Largest request body.", _integer(1 << 10, 64 << 20)),
    Variable(
        "SEVENM_DOCUMENT_BYTES",
        str(10 << 20),
        "Largest document where a hook asks for more.",
        _integer(1 << 10, 64 << 20),
    ),
    Variable("SEVENM_FILE_BYTES", str(1 << 30), "Largest uploaded file.", _integer(1 << 10, 1 << 36)),
    Variable("SEVENM_HEADER_BYTES", str(16 << 10), "Largest head of a request.", _integer(1 << 10, 1 << 18)),
    Variable("SEVENM_IN_FLIGHT", "12000", "Requests one web process holds at once.", _integer(1, 1_000_000)),
    Variable(
        "SEVENM_SMTP_URL",
        "",
        "Mail server: smtp://user:password@host:587. Default: no mail.",
        _url("smtp", "smtps"),
    ),
    Variable("SEVENM_MAIL_FROM", "7M <no-reply@localhost>", "Sender of mail."),
    Variable(
        "SEVENM_MAIL_DOMAINS",
        "",
        "Domains that flows may send mail to, such as example.com, example.org. Empty: any.",
        _words,
    ),
    Variable("SEVENM_LOG_LEVEL", "INFO", "What is logged.", _choice("DEBUG", "INFO", "WARNING", "ERROR")),
    Variable("SEVENM_VITE_DEV", "0", "1: scripts come from Vite's own server.", _flag),
)


def load(environ: Mapping[str, str]) -> Config:
    """Read every variable of `environ` and the home's instance; raises SettingsError with all problems."""
    values, problems = _parse(environ)
    home = Path(values["SEVENM_HOME"] or HOME).expanduser().resolve()
    instance = find_instance(home)
    databases = _databases(values, instance, problems)
    secret_key = _secret_key(values["SEVENM_SECRET_KEY_FILE"], home, problems)
    _check_mllp(values, problems)
    if problems:
        raise SettingsError(problems)
    port = values["SEVENM_PORT"] or (instance.web_port if instance else 0)
    sandbox_port = values["SEVENM_SANDBOX_PORT"] or (instance.sandbox_port if instance else 0)
    public_url = values["SEVENM_PUBLIC_URL"] or f"http://{_dialled(values['SEVENM_HOST'])}:{port}"
    sandbox_url = (
        values["SEVENM_SANDBOX_URL"] or f"http://{_dialled(values['SEVENM_SANDBOX_HOST'])}:{sandbox_port}"
    )
    return Config(
        home=home,
        role=Role(values["SEVENM_ROLE"]),
        databases=databases,
        administrator=_administrator(values["DATABASE_URL"]),
        redis_url=values["REDIS_URL"] or (f"unix://{instance.valkey_socket}" if instance else ""),
        secret_key=secret_key,
        keys=Path(values["SEVENM_KEYS"] or home / "keys"),
        host=values["SEVENM_HOST"],
        port=port,
        public_url=public_url,
        allowed_hosts=_allowed_hosts(values, public_url),
        region=values["SEVENM_REGION"],
        sandbox=values["SEVENM_SANDBOX"],
        sandbox_host=values["SEVENM_SANDBOX_HOST"],
        sandbox_port=sandbox_port,
        sandbox_url=sandbox_url,
        egress_networks=values["SEVENM_EGRESS_NETWORKS"],
        egress_ports=values["SEVENM_EGRESS_PORTS"],
        retention_h=values["SEVENM_RETENTION_H"],
        worker_threads=values["SEVENM_WORKER_THREADS"],
        db_pool=values["SEVENM_DB_POOL"],
        engine_pool=values["SEVENM_ENGINE_POOL"],
        api_rate=values["SEVENM_API_RATE"],
        limits=Limits(
            body_bytes=values["SEVENM_BODY_BYTES"],
            document_bytes=values["SEVENM_DOCUMENT_BYTES"],
            file_bytes=values["SEVENM_FILE_BYTES"],
            header_bytes=values["SEVENM_HEADER_BYTES"],
            in_flight=values["SEVENM_IN_FLIGHT"],
        ),
        mllp=Mllp(
            values["SEVENM_MLLP_HOST"],
            values["SEVENM_MLLP_PORTS"],
            values["SEVENM_MLLP_CERT"],
            values["SEVENM_MLLP_KEY"],
        ),
        mail=_mail(values["SEVENM_SMTP_URL"], values["SEVENM_MAIL_FROM"], values["SEVENM_MAIL_DOMAINS"]),
        log_level=values["SEVENM_LOG_LEVEL"],
        vite_dev=values["SEVENM_VITE_DEV"],
        embedded_postgres=not any(values[name] for name in _DATABASE_URLS.values()),
        embedded_valkey=not values["REDIS_URL"],
        instance=instance,
    )


_DATABASE_URLS = {
    Role.OWNER: "DATABASE_URL",
    Role.WEB: "DATABASE_URL_WEB",
    Role.ENGINE: "DATABASE_URL_ENGINE",
}


def _parse(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    problems = []
    for variable in VARIABLES:
        text = environ.get(variable.name, "").strip() or variable.default
        try:
            values[variable.name] = variable.parse(text)
        except ValueError as error:
            problems.append(f"{variable.name} {error}")
            values[variable.name] = variable.parse(variable.default)
    known = {variable.name for variable in VARIABLES}
    unknown = sorted(name for name in environ if name.startswith("SEVENM_") and name not in known)
    problems += [f"{name} is not a setting of 7M" for name in unknown]
    return values, problems


def _databases(
    values: Mapping[str, Any], instance: Instance | None, problems: list[str]
) -> dict[Role, Database]:
    """Find each role's way in: its own address, else the owner's under the role's name, else the home's."""
    owner: Database | None = values["DATABASE_URL"]
    found = {}
    for role, variable in _DATABASE_URLS.items():
        password = instance.passwords[role] if instance else ""
        if _is_own(values[variable], role):
            found[role] = values[variable]
        elif owner is not None:
            found[role] = Database(owner.host, owner.port, owner.name, f"sevenm_{role}", password)
        elif instance is not None:
            found[role] = Database(
                str(instance.postgres_sockets), instance.postgres_port, "sevenm", f"sevenm_{role}", password
            )
        else:
            found[role] = Database("127.0.0.1", 1, "sevenm", f"sevenm_{role}", "")
    wanted = Role(values["SEVENM_ROLE"])
    is_external = any(values[name] for name in _DATABASE_URLS.values())
    if is_external and not values[_DATABASE_URLS[wanted]] and (owner is None or instance is None):
        problems.append(f"{_DATABASE_URLS[wanted]} is missing: this process works as {wanted}")
    return found


def _administrator(owner: Database | None) -> str:
    """Give the way in of an administrator: who DATABASE_URL names, if not the owner's role itself."""
    return owner.conninfo if owner is not None and owner.user not in ("", "sevenm_owner") else ""


def _is_own(way: Database | None, role: Role) -> bool:
    """Tell whether an address names its user; else 7M's own role and the home's password are used."""
    return way is not None and bool(way.user) and not (role is Role.OWNER and _administrator(way))


def _secret_key(file: str, home: Path, problems: list[str]) -> str:
    """Read the key of sessions and signatures; empty before `sevenm up` made it: Django refuses to sign."""
    path = Path(file or home / "keys" / "django.key")
    try:
        key = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        if file:
            problems.append(f"SEVENM_SECRET_KEY_FILE names a file that is not there: {path}")
        return ""
    except OSError as error:
        problems.append(f"the secret key {path} cannot be read: {error.strerror}")
        return ""
    if len(key) < 50:
        problems.append(f"the secret key in {path} is shorter than 50 characters")
    return key


def _check_mllp(values: Mapping[str, Any], problems: list[str]) -> None:
    names = ("SEVENM_MLLP_CERT", "SEVENM_MLLP_KEY")
    given = [name for name in names if values[name]]
    if len(given) == 1:
        problems.append(f"{given[0]} is of no use alone: give {' and '.join(names)}")
    problems.extend(
        f"{name} names a file that is not there: {values[name]}"
        for name in given
        if not Path(values[name]).is_file()
    )


def _mail(url: str, sender: str, domains: tuple[str, ...]) -> Mail:
    if not url:
        return Mail(
            "django.core.mail.backends.dummy.EmailBackend",
            "",
            25,
            "",
            "",
            starttls=False,
            tls=False,
            sender=sender,
        )
    parts = urlsplit(url)
    tls = parts.scheme == "smtps"
    return Mail(
        backend="django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname or "",
        port=parts.port or (465 if tls else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=not tls and parts.hostname not in ("localhost", "127.0.0.1"),
        tls=tls,
        sender=sender,
        domains=tuple(domain.lower() for domain in domains),
    )


def _allowed_hosts(values: Mapping[str, Any], public_url: str) -> tuple[str, ...]:
    named = {urlsplit(public_url).hostname or "", *values["SEVENM_ALLOWED_HOSTS"], "localhost", "127.0.0.1"}
    return tuple(sorted(named - {""}))


def _dialled(host: str) -> str:
    """Where a process that listens on `host` is reached from this machine."""
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104  it is compared, not bound
