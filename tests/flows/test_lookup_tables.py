from integrations.flows.lookup_tables import named_tables


def test_tables_are_found_wherever_an_operation_names_them() -> None:
    definition = {
        "steps": [
            {"config": {"plan": {"rules": [{"op": ["upper", ["lookup", "carriers", ["get", "x"]]]}]}}},
            {"config": {"value": ["add_business_days", ["now"], 3, "holidays-th"]}},
            {"config": {"value": ["is_business_day", ["now"], ["lit", ["2026-12-25"]]]}},
            {"config": {"value": ["concat", "lookup", "no-table"]}},
        ]
    }
    assert named_tables(definition) == {"carriers", "holidays-th"}
