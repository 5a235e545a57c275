import pytest
from django.db import connection


def role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_the_orm_works_as_the_owner() -> None:
    assert role() == "sevenm_owner"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["web", "engine"])
def test_a_test_can_act_as_another_role(as_role, name) -> None:
    with as_role(name):
        assert role() == f"sevenm_{name}"
    assert role() == "sevenm_owner"


@pytest.mark.parametrize("name", ["web", "engine"])
def test_a_role_signs_in_with_its_own_password(connect, name) -> None:
    assert connect(name).execute("SELECT current_user").fetchone() == (f"sevenm_{name}",)
