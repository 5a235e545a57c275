"""The pages where people decide what runs wait for."""
