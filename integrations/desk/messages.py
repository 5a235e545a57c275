"""What messages to people say, and how a webhook is signed. Nothing of a document is ever in them."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from integrations.desk.models import NoticeKind

MOST_LINES: Final = 50
_SUBJECTS: Final[Mapping[str, str]] = {
    NoticeKind.RAISED: "new alert",
    NoticeKind.DIGEST: "failures go on",
    NoticeKind.EXPIRING: "dead letters expire soon",
}
_OPENINGS: Final[Mapping[str, str]] = {
    NoticeKind.RAISED: "Runs failed and wait for you as dead letters:",
    NoticeKind.DIGEST: "More runs failed since the last message:",
    NoticeKind.EXPIRING: "These dead letters are destroyed soon unless they are replayed or held:",
}

Fact = Mapping[str, Any]


def mail(kind: str, tenant: str, facts: Sequence[Fact], site_url: str) -> tuple[str, str]:
    """Give subject and text of an e-mail."""
    if kind == NoticeKind.APPROVAL:
        return _approval_mail(tenant, facts[0], site_url)
    url = f"{site_url}/alerts"
    subject = f"7M, {' '.join(tenant.split())[:60]}: {_SUBJECTS[kind]}"
    if len(facts) > 1:
        subject += f" ({len(facts)} causes)"
    lines = [_line(kind, fact) for fact in facts[:MOST_LINES]]
    if len(facts) > MOST_LINES:
        lines.append(f"- and {len(facts) - MOST_LINES} more")
    return subject, "\n".join((_OPENINGS[kind], "", *lines, "", f"See {url}", ""))


def webhook(kind: str, notice_id: str, created_at: str, facts: Sequence[Fact], url: str) -> bytes:
    """Give the body of a webhook message: JSON of ``type``, ``timestamp`` and ``data``."""
    return msgspec.json.encode(
        {
            "type": f"alert.{kind}",
            "id": notice_id,
            "timestamp": created_at,
            "data": {"alerts": list(facts), "url": url},
        }
    )


def signature(secret: bytes, message_id: str, timestamp_s: int, body: bytes) -> str:
    """Sign a message. Source: Standard Webhooks 1.0, symmetric signatures."""
    signed = b".".join((message_id.encode(), str(timestamp_s).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()


def _approval_mail(tenant: str, fact: Fact, site_url: str) -> tuple[str, str]:
    """Ask somebody to decide. What is asked stands on the page only, behind its sign-in."""
    title = " ".join(str(fact["title"]).split())
    lines = (
        f"A run of “{' '.join(str(fact['flow_name']).split())}” waits for your decision: {title}",
        "",
        f"It can be decided until {fact['due_at']} UTC. Sign in here to read it and to decide:",
        f"{site_url}{fact['path']}",
        "",
    )
    return f"7M, {' '.join(tenant.split())[:60]}: to decide: {title}", "\n".join(lines)


def _line(kind: str, fact: Fact) -> str:
    about = f"- {' '.join(str(fact['flow_name']).split())}: {fact['headline']}"
    count = fact["new"] if kind == NoticeKind.DIGEST else fact["count"]
    if kind == NoticeKind.EXPIRING:
        left = f"less than {fact['hours_left']} hours"
        return f"{about} The first is destroyed in {left}; {fact['remaining']} in all."
    return f"{about} {count} {'run' if count == 1 else 'runs'}."
