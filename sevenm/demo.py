"""The demo: a tenant with both flows published and connected to the sandbox: ``python -m sevenm.demo``."""
