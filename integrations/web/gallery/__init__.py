"""Templates: the gallery, one template, and the way from it to a flow."""
