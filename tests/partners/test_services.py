import pytest

from integrations.errors import AccessError, ConfigError, ConflictError, LimitError
from integrations.partners import queries, services
from integrations.tenants.models import Change
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    person = factories.user("partners@example.test")
    return factories.member(factories.tenant("Siam Leather", owner=person).id, person_id=person.pk)


def test_a_partner_is_kept_changed_and_deleted_and_the_engine_hears_of_it(owner):
    services.save_partner(by=owner, key="acme", name="ACME", profile={"csv": {"delimiter": ";"}})
    services.save_partner(by=owner, key="acme", name="ACME Ltd", profile={})
    assert [(p.key, p.name, p.profile) for p in queries.partners(owner)] == [("acme", "ACME Ltd", {})]
    assert Change.objects.filter(tenant_id=owner.tenant_id).count() == 1
    services.delete_partner(by=owner, key="acme")
    with pytest.raises(AccessError):
        queries.partner(owner, "acme")


@pytest.mark.parametrize(
    ("profile", "place"),
    [
        ({"nothing": {}}, "nothing"),
        ({"csv": {"delimter": ";"}}, "csv.delimter"),
        ({"csv": {"delimiter": "\n"}}, "csv"),
    ],
)
def test_a_profile_that_no_format_could_use_is_refused(owner, profile, place):
    with pytest.raises(ConfigError) as refused:
        services.save_partner(by=owner, key="acme", name="ACME", profile=profile)
    assert refused.value.problems[0].place.startswith(place.partition(".")[0])


def test_a_table_is_saved_once_by_whoever_saw_it_last(owner):
    made = services.save_table(by=owner, key="carriers", title="Carriers", rows={"1": "DHL"})
    services.save_table(by=owner, key="carriers", title="Carriers", rows={"1": "UPS"}, revision=made.revision)
    with pytest.raises(ConflictError, match="changed"):
        services.save_table(by=owner, key="carriers", title="Carriers", rows={}, revision=made.revision)
    assert queries.table(owner, "carriers").rows == {"1": "UPS"}


@pytest.mark.parametrize(
    ("key", "title", "rows", "error"),
    [
        ("Carriers", "Carriers", {}, ConfigError),
        ("a@b@c", "Carriers", {}, ConfigError),
        ("carriers", " ", {}, ConfigError),
        ("carriers", "Carriers", {"1": "x" * 1001}, LimitError),
        ("carriers", "Carriers", {"\0": "x"}, LimitError),
    ],
)
def test_a_table_that_does_not_fit_is_refused(owner, key, title, rows, error):
    with pytest.raises(error):
        services.save_table(by=owner, key=key, title=title, rows=rows)


def test_csv_becomes_rows_and_errors_name_their_line():
    assert services.rows_of_csv('key,value\r\n1,"DHL, Express"\r\n\r\n2,\r\n') == {
        "1": "DHL, Express",
        "2": "",
    }
    for text, line in (("1,2,3", 1), ("1,a\n1,b", 2), ('1,"a', 1)):
        with pytest.raises(ConfigError) as refused:
            services.rows_of_csv(text)
        assert refused.value.place == f"line {line}"


def test_a_viewer_sees_but_does_not_change(owner):
    viewer = factories.member(owner.tenant_id, person_id=factories.user("v@example.test").pk, role="viewer")
    assert queries.tables(viewer) == []
    with pytest.raises(AccessError):
        services.save_table(by=viewer, key="carriers", title="Carriers", rows={})
