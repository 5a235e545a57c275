"""How the service signs what it sends, and what it sends."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from integrations.connectors.manifest.fields import FieldMap, Model


class SignatureScheme(Model):
    """A signature by a shared secret over the raw body.

    signed: what is signed, with ``{body}`` and ``{timestamp}``. prefix: text before the signature
    (``sha256=``). list_format: the header holds ``t=…,v1=…`` pairs; signature and timestamp are taken from
    these names. timestamp_header: empty where the service signs no time. unit: of the timestamp, seconds
    or milliseconds.
    """

    header: str
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["base64", "hex"] = "hex"
    signed: str = "{body}"
    prefix: str = ""
    list_format: bool = False
    list_signature: str = "v1"
    list_timestamp: str = "t"
    timestamp_header: str = ""
    timestamp_unit: Literal["s", "ms"] = "s"
    tolerance_s: Annotated[int, Field(ge=1, le=900)] = 300

    @model_validator(mode="after")
    def _whole(self) -> "SignatureScheme":
        if self.signed.count("{body}") != 1 or not set(_names(self.signed)) <= {"body", "timestamp"}:
            raise ValueError("signed: exactly one {body}, and {timestamp} where there is one")
        if "{timestamp}" in self.signed and not (self.timestamp_header or self.list_format):
            raise ValueError("signed: names a timestamp that stands nowhere")
        return self


def _names(template: str) -> list[str]:
    return [part.partition("}")[0] for part in template.split("{")[1:]]


class Webhooks(Model):
    """message_id, topic: the header (``header:X-Id``) or place in the body (``body:id``) that holds them."""

    signature: SignatureScheme
    secret_title: str = "Webhook signing secret"  # noqa: S105  a label, not a secret
    message_id: Annotated[str, Field(pattern=r"^(header|body):.+$")]
    topic: Annotated[str, Field(pattern=r"^(header|body):.+$")]
    topics: dict[str, "Topic"] = {}


class Topic(Model):
    """One kind of message. sample: file of ``samples/`` that shows it."""

    title: str
    fields: FieldMap = {}
    sample: str = ""


Webhooks.model_rebuild()
