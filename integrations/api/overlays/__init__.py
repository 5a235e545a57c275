"""What lies over the picture of a flow: counts of its steps."""
