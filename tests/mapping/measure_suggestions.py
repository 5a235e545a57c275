"""Precision and recall of the suggestions on pairs that were mapped by hand (pairs/*.json).

One half of the pairs was used for choosing weights and words, the other was only measured. Run it as
``python -m tests.mapping.measure_suggestions`` for the table; ``-v`` lists what was wrong.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from integrations.canonical import model
from integrations.formats.imports import importer
from integrations.mapping.suggest import suggest
from integrations.schema.json_schema import from_json_schema

PAIRS = sorted((Path(__file__).parent / "pairs").glob("*.json"))


@dataclass
class Score:
    name: str
    half: str
    right: int
    suggested: int
    wanted: int
    wrong: list[str]
    lacking: list[str]

    @property
    def precision(self):
        return 100 * self.right // max(1, self.suggested)

    @property
    def recall(self):
        return 100 * self.right // max(1, self.wanted)


def load(told):
    """A canonical model by its name, a format's own table by importer and choice, or a JSON Schema."""
    if isinstance(told, str):
        return model(told)
    return importer(told["import"]).read("", told["choice"]) if "import" in told else from_json_schema(told)


def measure(path):
    pair = json.loads(path.read_text("utf-8"))
    answers = {answer["to"]: answer for answer in pair["answers"]}
    right, wrong = set(), []
    found = suggest(load(pair["source"]), load(pair["target"]))
    for one in found:
        to, at = "/".join(one.target), "/".join(one.source)
        answer = answers.get(to)
        if answer and at in answer["from"] and one.code in answer.get("code", one.code).split("|"):
            right.add(to)
        else:
            meant = f"{' | '.join(answer['from'])} {answer.get('code', '')}" if answer else "nothing"
            wrong.append(f"{to} < {at} {one.code} ({one.score}), not {meant}")
    told = {line.split(" < ")[0] for line in wrong}
    lacking = [to for to in answers if to not in right and to not in told]
    return Score(path.stem, pair["half"], len(right), len(found), len(answers), wrong, lacking)


def overall(scores, half):
    held = [score for score in scores if half in {"", score.half}]
    right, suggested, wanted = (
        sum(getattr(score, key) for score in held) for key in ("right", "suggested", "wanted")
    )
    return Score(f"all {half}".strip(), half, right, suggested, wanted, [], [])


def main():
    scores = sorted((measure(path) for path in PAIRS), key=lambda score: (score.half, score.name))
    rows = [*scores, overall(scores, "tune"), overall(scores, "held"), overall(scores, "")]
    lines = [f"{'pair':24} {'half':5} right / suggested / wanted   precision  recall"]
    for score in rows:
        lines.append(
            f"{score.name:24} {score.half:5} {score.right:5} / {score.suggested:9} / {score.wanted:6}"
            f"   {score.precision:8} % {score.recall:6} %"
        )
        if "-v" in sys.argv and score.half == "tune":
            lines += [f"    {line}" for line in score.wrong] + [f"    none for {to}" for to in score.lacking]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
