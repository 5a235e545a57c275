"""Puts the parts together: gives each package of the product the settings and keys it takes as arguments."""

from integrations.vault import services as vault
from integrations.vault.keyring import Keyring
from integrations.vault.purposes import WEB_PURPOSES, WORKER_PURPOSES, Purpose
from integrations.vault.sealed import read_private, read_public
from sevenm.config import Config, Role
from sevenm.front import Ingress

PURPOSES: dict[Role, frozenset[Purpose]] = {
    Role.WEB: WEB_PURPOSES,
    Role.ENGINE: WORKER_PURPOSES,
    Role.OWNER: WEB_PURPOSES | WORKER_PURPOSES,
}


def use_keys(config: Config) -> Keyring:
    """Give this process the keys of its role and no others; raises ConfigError where one is missing."""
    keyring = Keyring(config.keys, PURPOSES[config.role])
    vault.use_keys(
        keyring,
        sealer=None if config.role is Role.ENGINE else read_public(config.keys),
        unsealer=None if config.role is Role.WEB else read_private(config.keys),
    )
    return keyring


def ingress(config: Config) -> Ingress | None:
    """Make the door for documents."""
    del config
    return None
