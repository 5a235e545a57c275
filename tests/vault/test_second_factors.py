import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings

from integrations.errors import ConflictError
from integrations.tenants.models import INSTALLATION_ID
from integrations.vault import rotation
from integrations.vault.envelope import UnreadableError
from integrations.vault.purposes import Purpose
from integrations.vault.second_factors import SealedFactors
from tests import factories

pytestmark = pytest.mark.django_db
SEED = "JBSWY3DPEHPK3PXP"


def test_the_sign_in_uses_it():
    assert settings.MFA_ADAPTER == "integrations.vault.second_factors.SealedFactors"


def test_a_seed_is_stored_sealed(ring, as_role):
    person = factories.user()
    with as_role("web"):
        TOTP.activate(person, SEED)
        stored = Authenticator.objects.get(user=person)
        assert SEED not in str(stored.data)
        assert SealedFactors().decrypt(stored.data["secret"]) == SEED


@pytest.mark.parametrize("stored", [SEED, "", "N00=", "!"])
def test_a_seed_in_plain_text_is_not_taken(ring, stored):
    with pytest.raises(UnreadableError):
        SealedFactors().decrypt(stored)


def test_keys_of_second_factors_are_never_destroyed_by_rotation(ring):
    sealed = SealedFactors().encrypt(SEED)
    rotation.rotate_tenant(ring, INSTALLATION_ID, Purpose.AUTH)
    assert SealedFactors().decrypt(sealed) == SEED
    with pytest.raises(ConflictError):
        rotation.destroy_retired(ring, INSTALLATION_ID, Purpose.AUTH)
