"""The product: packages named by what they do, layered as docs/architecture.md shows."""
