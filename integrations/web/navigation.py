"""The entries of the side bar, in groups. An entry is shown to who may see what is behind it."""

from dataclasses import dataclass
from typing import Final

from django.urls import NoReverseMatch, reverse

from integrations.web.tenancy import Seat


@dataclass(frozen=True, slots=True)
class Entry:
    """name: of the address. badge: the key of its figure in the fragment of badges, empty for none."""

    title: str
    icon: str
    name: str
    permission: str
    badge: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    title: str
    icon: str
    url: str
    badge: str
    is_here: bool


GROUPS: Final[tuple[tuple[str, tuple[Entry, ...]], ...]] = (
    (
        "Work",
        (
            Entry("Flows", "workflow", "web:flows", "flow.view"),
            Entry("Templates", "layout-template", "web:templates", "flow.view"),
            Entry("Runs", "activity", "web:runs", "run.view"),
            Entry("Approvals", "user-check", "web:approvals", "approval.view", badge="approvals"),
            Entry("Dead letters", "inbox", "web:dead-letters", "dead_letter.view", badge="dead"),
            Entry("Batches", "layers", "web:batches", "batch.view"),
            Entry("Alerts", "bell-ring", "web:alerts", "alert.view", badge="alerts"),
        ),
    ),
    (
        "Set up",
        (
            Entry("Connections", "cable", "web:connections", "connection.view"),
            Entry("Partners", "handshake", "web:partners", "partner.view"),
            Entry("Try a document", "file-search", "web:translate", "flow.try"),
            Entry("API keys", "key-round", "web:api-keys", "api_key.view"),
            Entry("Members", "users", "web:members", "member.view"),
        ),
    ),
    (
        "Account",
        (
            Entry("Usage", "receipt", "web:usage", "usage.view"),
            Entry("Audit", "shield-check", "web:audit", "audit.view"),
            Entry("Status", "gauge", "web:status", "tenant.view"),
        ),
    ),
)


def groups(seat: Seat, path: str) -> list[tuple[str, list[Shown]]]:
    """Give the groups with the entries this person may open; the entry of `path` is marked."""
    shown = []
    for title, entries in GROUPS:
        mine = [_shown(entry, path) for entry in entries if seat.may(entry.permission)]
        there = [entry for entry in mine if entry.url]
        if there:
            shown.append((title, there))
    return shown


def _shown(entry: Entry, path: str) -> Shown:
    try:
        url = reverse(entry.name)
    except NoReverseMatch:
        url = ""
    return Shown(entry.title, entry.icon, url, entry.badge, bool(url) and path.startswith(url))
