"""Ingress, executor, ledger, replay and recovery: what makes a run durable."""
