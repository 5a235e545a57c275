"""Trading partners: how each writes its documents, which codes it uses, and its control numbers."""
