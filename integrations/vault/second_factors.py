"""TOTP seeds and recovery codes, sealed before allauth stores them. Setting: ``MFA_ADAPTER``.

allauth does not say whose seed it hands over, so these values are bound to table and column but to no row:
who can write to the table could give one person another's seed, as they could replace a password hash.
"""

import base64
import binascii

from allauth.mfa.adapter import DefaultMFAAdapter
from typing_extensions import override

from integrations.tenants.models import INSTALLATION_ID
from integrations.vault import services
from integrations.vault.envelope import UnreadableError
from integrations.vault.purposes import Purpose

_COLUMN = ("mfa_authenticator", "data", "")


class SealedFactors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth carries no types
    @override
    def encrypt(self, text: str) -> str:
        sealed = services.seal(INSTALLATION_ID, Purpose.AUTH, *_COLUMN, text.encode())
        return base64.b64encode(sealed).decode()

    @override
    def decrypt(self, encrypted_text: str) -> str:
        """Raise UnreadableError for anything that was not sealed here, plain text above all."""
        try:
            sealed = base64.b64decode(encrypted_text, validate=True)
        except (binascii.Error, ValueError) as wrong:
            raise UnreadableError("vault.not_an_envelope", "The second factor cannot be read.") from wrong
        return services.open_(INSTALLATION_ID, Purpose.AUTH, *_COLUMN, sealed).decode()
