"""`sevenm translate` as a person types it."""

import json

import pytest

from sevenm.cli import main

ORDERS = "sku;qty\n007;1\nB-2;3\n"


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS)
    return file


def test_a_document_is_recognised_and_written_in_another_format(orders, capsysbinary):
    assert main(["translate", str(orders)]) == 0
    assert json.loads(capsysbinary.readouterr().out) == [
        {"sku": "007", "qty": "1"},
        {"sku": "B-2", "qty": "3"},
    ]


def test_guesses_are_told_the_surest_first(orders, capsys):
    assert main(["translate", str(orders), "--recognise"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert "csv" in first
    assert "delimiter=;" in first


def test_each_record_goes_through_a_plan_and_the_file_is_there_as_a_whole(orders, tmp_path):
    plan, target = tmp_path / "plan.yaml", tmp_path / "out.jsonl"
    plan.write_text(
        "version: 1\nrules:\n  - {to: item, op: [get, sku]}\n  - {to: count, op: [to_integer, [get, qty]]}\n"
    )
    words = [
        "translate",
        str(orders),
        "--plan",
        str(plan),
        "-o",
        str(target),
        "--to-options",
        "{layout: lines}",
    ]
    assert main(words) == 0
    assert target.read_text() == '{"item":"007","count":1}\n{"item":"B-2","count":3}\n'
    assert not list(tmp_path.glob("*.part"))


def test_a_wrong_record_stops_or_is_left_out(tmp_path, capsysbinary):
    file = tmp_path / "bad.csv"
    file.write_text("sku,qty\nA,1\nB\nC,3\n")
    target = tmp_path / "out.json"
    assert main(["translate", str(file), "--from", "csv", "-o", str(target)]) == 1
    assert not target.exists()
    assert b"line 3" in capsysbinary.readouterr().err
    assert main(["translate", str(file), "--from", "csv", "--lenient"]) == 1
    told = capsysbinary.readouterr()
    assert [record["sku"] for record in json.loads(told.out)] == ["A", "C"]
    assert b"1 records were left out" in told.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "nothing"], "Known formats"),
        (["--to", "nothing"], "Known formats"),
        (["--from", "csv", "--from-options", "{delimter: x}"], "delimter"),
        (["--from", "csv", "--from-options", "[1"], "YAML"),
    ],
)
def test_what_is_wrongly_asked_is_said(orders, capsys, words, said):
    assert main(["translate", str(orders), *words]) == 1
    assert said in capsys.readouterr().err


def test_a_document_that_nobody_knows_needs_its_format_named(tmp_path, capsys):
    file = tmp_path / "noise"
    file.write_bytes(b"\x00\x01\x02\xff")
    assert main(["translate", str(file)]) == 1
    assert "Name the format" in capsys.readouterr().err
    assert main(["translate", str(tmp_path / "missing")]) == 1
    assert "cannot be read" in capsys.readouterr().err
