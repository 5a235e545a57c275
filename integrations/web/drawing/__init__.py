"""Drawings of the server: where things stand, as values; templates make SVG of them, without inline style."""
