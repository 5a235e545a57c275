from tests.mapping import mapper_plans


def test_the_plans_of_the_browsers_tests_are_those_of_the_demo() -> None:
    assert mapper_plans.FILE.read_bytes() == mapper_plans.text()
