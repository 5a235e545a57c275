"""Ways out that are not HTTP: each a module with one class, behind the same egress guard."""
