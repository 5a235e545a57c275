"""SAP IDoc in flat files."""
