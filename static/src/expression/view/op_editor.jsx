/** The editor of one operation, with its value on the sample: for fields of steps and for lines of the mapper. */
import { useMemo } from "react";
import { Icon } from "../../icon.jsx";
import { readCondition } from "../condition.js";
import { isValue, readPath, rootsOf } from "../op.js";
import { NOTHING, sampleOf } from "../sight.js";
import { Expression, useEvaluated } from "./context.jsx";
import { ConditionEditor } from "./condition_editor.jsx";
import { OpField } from "./op_field.jsx";

/** @import { Functions, Op } from "../op.js" */
/** @import { Sight } from "../sight.js" */
/** @import { Found, Scope } from "./context.jsx" */

/** @type {Record<string, string>} */
const NO_TITLES = {};

/**
 * @param {{
 *   op: Op, onChange: (op: Op) => void, label: string, functions: Functions, scope: Scope, evaluateUrl: string,
 *   titles?: Record<string, string>, sight?: Sight, isReadOnly?: boolean, isCondition?: boolean, wants?: string,
 * }} props  scope: schema and sample values of the steps before; titles: of steps, by key; sight: items and named values around the operation; wants: type of a fixed value, number or boolean
 */
export function OpEditor({ op, onChange, label, functions, scope, evaluateUrl, titles = NO_TITLES, sight = NOTHING, isReadOnly = false, isCondition = false, wants }) {
  // A plain field shows its sample in its own chip.
  const isSeen = readPath(op) !== null && sampleOf(op, scope.values, sight) !== undefined;
  const found = useEvaluated(isValue(op) || isSeen ? "" : evaluateUrl, op, scope.values, sight);
  const editing = useMemo(() => ({ functions, titles, scope, found, isReadOnly }), [functions, titles, scope, found, isReadOnly]);
  // A single condition says in its row whether it holds.
  const isSaid = isCondition && !found.answer?.error && found.state !== "failed" && readCondition(op).kind === "row";
  const common = { op, onChange, label, at: [], sight };
  return (
    <Expression.Provider value={editing}>
      <div className="p-expression" role="group" aria-label={label}>
        {isCondition ? <ConditionEditor {...common} isReadOnly={isReadOnly} /> : <OpField {...common} wants={wants} />}
        {!isValue(op) && !isSeen && !isSaid && <LiveValue found={found} hasSample={hasSample(op, scope.values)} />}
      </div>
    </Expression.Provider>
  );
}

/** Whether there is a sample of everything an operation reads. @param {Op} op @param {any} values */
const hasSample = (op, values) => [...(rootsOf(op) ?? [])].every((name) => values?.[name] !== undefined);

/** @param {{ found: Found, hasSample?: boolean }} props */
export function LiveValue({ found, hasSample = true }) {
  const { answer, state, message } = found;
  if (state === "failed") return <p className="p-live is-bad"><Icon name="triangle-alert" size={14} /> {message}</p>;
  if (!answer) return <p className="p-live" aria-busy={state === "busy"}>{state === "busy" ? "…" : ""}</p>;
  if (answer.error) return <p className="p-live is-bad"><Icon name="triangle-alert" size={14} /> {answer.error.message} {answer.error.hint}</p>;
  const { result } = answer;
  return (
    <p className={`p-live ${result.missing ? (hasSample ? "is-missing" : "is-unknown") : ""}`} aria-busy={state === "busy"}>
      <span className="x-sr">Value in the sample: </span>= <output>{result.missing ? (hasSample ? "missing in the sample" : "no sample yet: test the steps before this one") : result.text}</output>
      {result.kind && <span className="p-tree-type">{result.kind}</span>}
    </p>
  );
}
