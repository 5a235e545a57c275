"""Keys, envelopes and rotation: the only package that encrypts."""
