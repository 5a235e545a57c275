"""The pages of partners: profiles, lookup tables up to a thousand rows, and numbers."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from integrations.errors import AccessError
from integrations.flows.yamlfile import write_settings
from integrations.partners import queries, services
from integrations.tenants.models import AuditEvent
from integrations.web.partners import profile_fields
from integrations.web.partners.forms import PartnerForm
from tests import factories
from tests.web import world

pytestmark = pytest.mark.django_db
TABLE = "/partners/tables/t/units/"


class Seat:
    """Somebody at the pages, and the same tenant's owner for what has to be there."""

    def __init__(self, as_role: Any, role: str = "builder") -> None:
        person = factories.user()
        tenant = factories.tenant("Siam Leather", owner=person)
        self.by = factories.member(tenant.pk, person_id=person.pk)
        self.client = world.seat(tenant, role)
        self._as_role = as_role

    def get(self, path: str) -> Any:
        with self._as_role("web"):
            return self.client.get(path)

    def post(self, path: str, **fields: object) -> Any:
        with self._as_role("web"):
            return self.client.post(path, fields)

    def table(self, **rows: Any) -> int:
        return services.save_table(by=self.by, key="units", title="Units", rows=rows).revision


@pytest.fixture
def seat(as_role: Any) -> Seat:
    return Seat(as_role)


def test_a_partner_is_added_with_the_options_of_its_formats(seat: Seat) -> None:
    assert "No partner yet" in seat.get("/partners/").content.decode()
    fields = {"name": "Harbor Stores", "key": "harbor", "options_x12": "envelope: {sender: '007'}\n"}
    assert seat.post("/partners/new/", **fields).status_code == 302
    assert queries.partner(seat.by, "harbor").profile == {"x12": {"envelope": {"sender": "007"}}}
    page = seat.get("/partners/p/harbor/").content.decode()
    assert "sender" in page
    assert AuditEvent.objects.filter(action="partner.created").count() == 1


def test_options_are_said_in_fields_and_what_stands_in_none_as_yaml(seat: Seat) -> None:
    fields = {
        "set_x12.envelope.sender": "BAANNANG",
        "set_x12.separators.line_end": "lf",
        "set_x12.pads_isa": "false",
        "set_x12.envelope.usage": "",
        "options_x12": "envelope: {receiver: HARBOR}",
    }
    seat.post("/partners/new/", name="Harbor", key="harbor", **fields)
    assert queries.partner(seat.by, "harbor").profile == {
        "x12": {
            "envelope": {"receiver": "HARBOR", "sender": "BAANNANG"},
            "pads_isa": False,
            "separators": {"line_end": "lf"},
        }
    }


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("x12", {"envelope": {"sender": "007", "wants_acknowledgement": True}, "split_at": "CLP"}),
        ("csv", {"delimiter": "\t", "quote": ""}),
        ("fixed_width", {"records": [{"name": "one", "fields": []}]}),
    ],
)
def test_what_the_fields_and_the_yaml_show_is_the_profile_again(key: str, options: dict[str, Any]) -> None:
    shown, rest = profile_fields.parted(key, options)
    form = PartnerForm({"name": "X", **shown, f"options_{key}": write_settings(rest)}, key="x", profile={})
    assert form.is_valid()
    assert form.profile == {key: options}


def test_yaml_that_is_no_map_is_refused_and_not_written_over(seat: Seat) -> None:
    fields = {"set_x12.envelope.sender": "BAANNANG", "options_x12": "envelope: 5"}
    page = seat.post("/partners/new/", name="Harbor", key="harbor", **fields)
    assert page.status_code == 422
    assert "envelope: 5" in page.content.decode()


def test_a_wrong_option_is_told_at_its_field(seat: Seat) -> None:
    fields = {"name": "Harbor", "key": "harbor", "options_x12": "", "set_x12.envelope.version": "4"}
    page = seat.post("/partners/new/", **fields)
    assert page.status_code == 422
    assert 'id="id_set_x12.envelope.version_error"' in page.content.decode()


def test_a_format_is_added_to_the_form_without_saving(seat: Seat) -> None:
    page = seat.post("/partners/new/", name="Harbor", key="harbor", format="csv", add="1")
    assert page.status_code == 200
    assert 'name="options_csv"' in page.content.decode()
    assert "delimiter" in page.content.decode()
    assert queries.partners(seat.by) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"options_csv": "delimter: x"}, "There is no such option."),
        ({"options_csv": "[1"}, "YAML"),
        ({"options_x12": "envelope: {sender: 1}"}, "envelope.sender"),
        ({"key": "Not A Key"}, "slug"),
    ],
)
def test_a_wrong_profile_is_told_at_its_format(seat: Seat, fields: dict[str, str], said: str) -> None:
    page = seat.post("/partners/new/", **({"name": "Harbor", "key": "harbor"} | fields))
    assert page.status_code == 422
    assert said in page.content.decode()
    assert queries.partners(seat.by) == []


def test_a_key_is_taken_once(seat: Seat) -> None:
    services.save_partner(by=seat.by, key="harbor", name="Harbor", profile={})
    page = seat.post("/partners/new/", name="Other", key="harbor")
    assert (page.status_code, queries.partner(seat.by, "harbor").name) == (422, "Harbor")


def test_a_partner_is_changed_and_deleted(seat: Seat) -> None:
    services.save_partner(by=seat.by, key="harbor", name="Harbor", profile={"csv": {"delimiter": ";"}})
    page = seat.get("/partners/p/harbor/edit/").content.decode()
    assert re.search(r'name="set_csv.delimiter" value=";"', page)
    seat.post("/partners/p/harbor/edit/", name="Harbor East", options_csv="")
    assert (queries.partner(seat.by, "harbor").name, queries.partner(seat.by, "harbor").profile) == (
        "Harbor East",
        {},
    )
    seat.post("/partners/p/harbor/delete/")
    with pytest.raises(AccessError):
        queries.partner(seat.by, "harbor")


def test_a_table_is_made_edited_and_exported(seat: Seat) -> None:
    seat.post("/partners/tables/new/", title="Units", key="units", csv="key,value\nEA,C62\nKG,KGM\n")
    page = seat.get(TABLE + "edit/").content.decode()
    assert re.findall(r'name="key" value="(\w+)"', page) == ["EA", "KG"]
    fields = {"title": "Units", "revision": "1", "key": ["EA", "", "LB"], "value": ["PCE", "", "LBR"]}
    assert seat.post(TABLE + "edit/", **fields).status_code == 302
    assert queries.table(seat.by, "units").rows == {"EA": "PCE", "LB": "LBR"}
    got = seat.get(TABLE + "export/")
    assert got.content.decode() == "key,value\r\nEA,PCE\r\nLB,LBR\r\n"


def test_what_was_not_touched_keeps_its_type(seat: Seat) -> None:
    revision = seat.table(days=14, rush=True, none=None, text="5")
    fields = {"key": ["days", "rush", "none", "text"], "value": ["14", "true", "", "6"]}
    seat.post(TABLE + "edit/", title="Units", revision=revision, **fields)
    assert queries.table(seat.by, "units").rows == {"days": 14, "rush": True, "none": None, "text": "6"}


def test_more_rows_are_offered_without_saving(seat: Seat) -> None:
    revision = seat.table(EA="C62")
    page = seat.post(TABLE + "edit/", title="Units", revision=revision, key="X", value="Y", more="1")
    assert page.status_code == 200
    assert page.content.decode().count('name="key"') == 11
    assert queries.table(seat.by, "units").rows == {"EA": "C62"}


@pytest.mark.parametrize(
    ("keys", "values", "said"),
    [
        (["A", "A"], ["1", "2"], "Row 2: this key stands twice."),
        ([""], ["1"], "Row 1 has a value and no key."),
    ],
)
def test_wrong_rows_are_told_and_kept_in_the_form(seat: Seat, keys: Any, values: Any, said: str) -> None:
    revision = seat.table(EA="C62")
    page = seat.post(TABLE + "edit/", title="Units", revision=revision, key=keys, value=values)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert queries.table(seat.by, "units").rows == {"EA": "C62"}


@pytest.mark.parametrize("way", ["edit", "import"])
def test_a_save_over_somebody_elses_is_refused_and_what_was_typed_stays(seat: Seat, way: str) -> None:
    stale = seat.table(EA="C62")
    seat.table(EA="PCE")
    fields = {"title": "Units", "revision": stale, "key": "MINE", "value": "1", "csv": "MINE,1"}
    page = seat.post(f"{TABLE}{way}/", **fields)
    assert page.status_code == 409
    assert "Somebody else changed this table." in page.content.decode()
    assert "MINE" in page.content.decode()
    assert queries.table(seat.by, "units").rows == {"EA": "PCE"}


def test_a_thousand_rows_are_edited_and_more_are_imported(seat: Seat) -> None:
    revision = seat.table(**{f"K{number}": "x" for number in range(1_000)})
    keys = [f"K{number}" for number in range(1_000)]
    seat.post(TABLE + "edit/", title="Units", revision=revision, key=keys, value=["y"] * 1_000)
    assert set(queries.table(seat.by, "units").rows.values()) == {"y"}
    text = "".join(f"K{number},z\n" for number in range(1_500))
    file = SimpleUploadedFile("units.csv", text.encode())
    assert seat.post(TABLE + "import/", file=file, revision=revision + 1).status_code == 302
    assert len(queries.table(seat.by, "units").rows) == 1_500
    assert "The first 200 are shown" in seat.get(TABLE).content.decode()
    assert seat.get(TABLE + "edit/").status_code == 302


@pytest.mark.parametrize(
    ("csv", "said"), [("a,b\nc\n", "line 2"), ("a,1\na,2\n", "line 2"), ("", "Choose a file")]
)
def test_a_wrong_import_is_told_with_its_line(seat: Seat, csv: str, said: str) -> None:
    revision = seat.table(EA="C62")
    page = seat.post(TABLE + "import/", csv=csv, revision=revision)
    assert page.status_code == 422
    assert said in page.content.decode()


def test_a_counter_is_set_with_a_reason(seat: Seat) -> None:
    assert "No number yet" in seat.get("/partners/counters/").content.decode()
    fields = {"name": "harbor.x12.interchange", "last": "4711"}
    assert seat.post("/partners/counters/set/", **fields).status_code == 422
    seat.post("/partners/counters/set/", **fields, reason="taken over from the old system")
    assert "4711" in seat.get("/partners/counters/c/harbor.x12.interchange/").content.decode()
    event = AuditEvent.objects.get(action="counter.set")
    assert event.facts["reason"] == "taken over from the old system"


def test_a_viewer_sees_and_changes_nothing(as_role: Any) -> None:
    viewer = Seat(as_role, "viewer")
    viewer.table(EA="C62")
    page = viewer.get(TABLE).content.decode()
    assert "C62" in page
    assert "Edit rows" not in page
    assert viewer.get(TABLE + "edit/").status_code == 403
    assert viewer.post("/partners/counters/set/", name="a", last="1", reason="r").status_code == 403
