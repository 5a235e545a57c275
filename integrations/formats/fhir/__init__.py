"""FHIR R4 in JSON: resources, bundles, bulk data."""
