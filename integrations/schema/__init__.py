"""What a document may hold: the one schema model that formats, mappings and connectors share. Pure."""
