from tests.mapping import expression_cases


def test_the_cases_of_the_editor_are_those_of_the_program():
    hint = "write it anew: python -m tests.mapping.expression_cases"
    assert expression_cases.FILE.read_bytes() == expression_cases.document(), hint
