"""The map to FHIR: its rows fit our records."""

import pytest

from integrations.formats.codec import parse_options
from integrations.formats.hl7.codec import CODEC
from integrations.formats.hl7.fhir_map import Row, code_table, rows, structures


def test_the_name_and_sex_of_a_patient_are_found() -> None:
    found = rows("ORU_R01")
    patient = ("PATIENT_RESULT", "PATIENT", "PID")
    assert Row((*patient, "5", "1", "1"), "Patient[1]", "name[1].family", "string") in found
    sex = next(row for row in found if row.path[:4] == (*patient, "8") and row.codes)
    assert (sex.target, code_table(sex.codes)["F"]) == ("gender", "female")


@pytest.mark.parametrize("structure", structures())
def test_paths_begin_with_groups_and_segments_and_end_with_numbers(structure: str) -> None:
    found = rows(structure)
    assert len(found) > 100
    for row in found:
        names = [key for key in row.path if not key.isdigit()]
        assert row.path[: len(names)] == tuple(names)
        assert row.resource[0].isupper()


def test_most_paths_are_fields_of_the_schema() -> None:
    schema = CODEC.schema(parse_options(CODEC, {"message": "ADT_A01", "version": "2.8.2"}))
    assert schema is not None
    # The map has groups of a newer edition, too.
    found = [row for row in rows("ADT_A01") if schema.find(row.path[:1])]
    known = [row for row in found if schema.find(row.path)]
    assert len(known) > 0.95 * len(found)


def test_an_unknown_structure_has_no_map() -> None:
    assert rows("ZZZ_Z01") == []
    assert code_table("Nothing") == {}
