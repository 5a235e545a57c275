"""What lies over the canvas of a published flow: counts of its steps, and the way of one run."""
