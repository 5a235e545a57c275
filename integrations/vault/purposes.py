"""What keys are for. A value sealed for one purpose opens for no other; each process holds only its own."""

from enum import StrEnum


class Purpose(StrEnum):
    CRED = "cred"  # connector credentials, outgoing signing secrets: worker only
    INGRESS = "ingress"  # secrets that verify incoming webhooks: web only
    AUTH = "auth"  # second factors, API-key pepper: web only
    DATA = "data"  # payloads and results: web and worker


WEB_PURPOSES = frozenset({Purpose.INGRESS, Purpose.AUTH, Purpose.DATA})
WORKER_PURPOSES = frozenset({Purpose.CRED, Purpose.DATA})
