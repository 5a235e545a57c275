"""Sends a mail over the installation's mail server; one connection for each, in threads of its own.

A message has the same Message-ID in every attempt, so that a receiver can tell a repeat. All recipients get
it or none: where the server refuses one, nothing is sent.
"""

import asyncio
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Final

from integrations.errors import ConfigError, CredentialError, LimitError, RefusedError, UnavailableError

AT_ONCE: Final = 4
MESSAGE_MAX: Final = 10 << 20


@dataclass(frozen=True, slots=True)
class MailServer:
    """The operator's server. domains: where mail may go; empty for anywhere."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    starttls: bool
    tls: bool
    sender: str
    domains: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"smtp{'s' if self.tls else ''}://{self.host}:{self.port}".lower()


@dataclass(frozen=True, slots=True)
class Attachment:
    """name: of the file. media_type: ``text/csv``."""

    name: str
    media_type: str
    body: bytes


def compose(
    server: MailServer,
    *,
    to: tuple[str, ...],
    subject: str,
    text: str,
    key: str,
    attachment: Attachment | None = None,
) -> bytes:
    """Write the message. key: stable for one step of one run. Raises ConfigError, LimitError."""
    refused = [address for address in to if not _may_go(server, address)]
    if refused:
        raise ConfigError(
            "mail.domain",
            "This installation does not send mail to this domain.",
            hint=f"It may go to {', '.join(server.domains)}; the operator sets SEVENM_MAIL_DOMAINS.",
            place="config.to",
        )
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = server.sender
    message["To"] = ", ".join(to)
    message["Subject"] = subject
    message["Date"] = formatdate()
    message["Message-ID"] = message_id(server, key)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if attachment is not None:
        main, _, sub = attachment.media_type.partition(";")[0].strip().partition("/")
        message.add_attachment(
            attachment.body,
            maintype=main or "application",
            subtype=sub or "octet-stream",
            filename=attachment.name,
        )
    written = message.as_bytes()
    if len(written) > MESSAGE_MAX:
        raise LimitError(
            "mail.too_large", f"A mail has {MESSAGE_MAX >> 20} MB at most.", place="config.attach"
        )
    return written


def message_id(server: MailServer, key: str) -> str:
    domain = parseaddr(server.sender)[1].rpartition("@")[2] or "localhost"
    return f"<{key}@{domain}>"


def _may_go(server: MailServer, address: str) -> bool:
    domain = address.rpartition("@")[2].lower()
    return not server.domains or domain in server.domains


class Mail:
    """Sends mail from threads: the client of the standard library waits."""

    def __init__(self, server: MailServer | None) -> None:
        self._server = server
        self._threads = ThreadPoolExecutor(AT_ONCE, "mail")

    @property
    def server(self) -> MailServer:
        """Give the server. Raises ConfigError where the installation has none."""
        if self._server is None:
            raise ConfigError(
                "mail.not_set_up",
                "This installation has no mail server.",
                hint="The operator sets SEVENM_SMTP_URL, then replay.",
            )
        return self._server

    async def send(self, to: tuple[str, ...], message: bytes, timeout_s: float) -> None:
        """Hand a message over. Raises UnavailableError, RefusedError, CredentialError."""
        server = self.server
        await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: _deliver(server, to, message, timeout_s)
        )

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _deliver(server: MailServer, to: tuple[str, ...], message: bytes, timeout_s: float) -> None:
    is_under_way = False
    try:
        with _connected(server, timeout_s) as client:
            sender = parseaddr(server.sender)[1]
            _agreed(client.mail(sender), "the sender")
            for number, address in enumerate(to, 1):
                _agreed(client.rcpt(address), f"recipient {number}")
            is_under_way = True
            _agreed(client.data(message), "the message")
    except smtplib.SMTPResponseException as refused:
        raise _refused(refused.smtp_code, "the message") from refused
    except (smtplib.SMTPException, OSError) as lost:
        raise UnavailableError(
            "mail.no_server",
            f"The mail server did not work. ({type(lost).__name__})",
            sent=is_under_way,
        ) from lost


def _connected(server: MailServer, timeout_s: float) -> smtplib.SMTP:
    """Connect and sign in, over TLS unless the server is on this machine."""
    context = ssl.create_default_context()
    to = (server.host, server.port)
    client = (
        smtplib.SMTP_SSL(*to, timeout=timeout_s, context=context)
        if server.tls
        else smtplib.SMTP(*to, timeout=timeout_s)
    )
    try:
        client.ehlo_or_helo_if_needed()
        if server.starttls:
            client.starttls(context=context)
            client.ehlo()
        if server.user:
            client.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError as refused:
        client.close()
        raise CredentialError(
            "mail.sign_in", "The mail server refuses the sign-in of this installation."
        ) from refused
    except BaseException:
        client.close()
        raise
    return client


def _agreed(answer: tuple[int, bytes], what: str) -> None:
    if not 200 <= answer[0] < 300:
        raise _refused(answer[0], what)


def _refused(code: int, what: str) -> RefusedError | UnavailableError:
    """Tell what an answer other than yes means: 4xx come again, 5xx never."""
    if 400 <= code < 500:
        return UnavailableError(
            "mail.later", f"The mail server does not take {what} now ({code}).", sent=False
        )
    return RefusedError("mail.refused", f"The mail server refused {what} ({code}).")
