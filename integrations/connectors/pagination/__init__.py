"""How long lists are cut into pages; one module a kind, with both sides: following and serving."""
