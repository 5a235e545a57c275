"""The way of a new account: a tenant, a template, twins, the first published version, the first live run."""
