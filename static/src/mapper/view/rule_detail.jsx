/** Everything about the rules of one target field: where the value comes from, its functions, and what happens when it is missing. */
import { ValueInput } from "../../expression/view/value_input.jsx";
import { OpEditor } from "../../expression/view/op_editor.jsx";
import { literal } from "../../expression/op.js";
import { Icon } from "../../icon.jsx";
import { editorSight, unknownOf } from "../editing.js";
import { WORDS } from "../matching.js";
import { LoopDetail } from "./loop_detail.jsx";

/** @import { Functions } from "../../expression/op.js" */
/** @import { Entry, Place, Rule } from "../reading.js" */
/** @typedef {import("../tree.js").Node} TreeNode */
/**
 * @typedef {{ functions: Functions, scope: any, evaluateUrl: string, titles: Record<string, string>, isReadOnly: boolean }} Editing
 * @typedef {{ change: (place: Place, change: Record<string, any>, tag?: string) => void, remove: (place: Place) => void, move: (place: Place, by: number) => void, add: (target: TreeNode, rule: Record<string, any>) => void, table: (entry: Entry) => void }} Acts
 */

const MISSING = { skip: "leave the field out", null: "write null", default: "write this instead", error: "stop with an error" };
const CASTS = ["string", "integer", "decimal", "decimal(2)", "boolean", "list"];
const CAST_WORDS = /** @type {Record<string, string>} */ ({ string: "text", integer: "whole number", decimal: "number", "decimal(2)": "number, 2 decimals", boolean: "yes or no", list: "list" });

/** @param {{ node: TreeNode | null, entries: Entry[], editing: Editing, acts: Acts, hint: string }} props */
export function RuleDetail({ node, entries, editing, acts, hint }) {
  if (!node) return <div className="m-empty"><p>{hint}</p></div>;
  const { told } = node;
  const first = entries[0];
  return (
    <div className="m-detail">
      <header className="m-detail-top">
        <h3>{node.path.join(" / ")}</h3>
        <span className="m-type-word">{told.repeats ? "list of " : ""}{WORDS[told.type] ?? told.type}{told.required ? ", required" : ""}{told.max ? `, up to ${told.max} characters` : ""}</span>
        {(told.title || told.description) && <p>{[told.title, told.description].filter(Boolean).join(": ")}</p>}
        {told.choices && <p>One of: {Object.entries(told.choices).slice(0, 12).map(([code, word]) => (word ? `${code} (${word})` : code)).join(", ")}{Object.keys(told.choices).length > 12 ? " …" : ""}</p>}
      </header>
      {!entries.length && !editing.isReadOnly && <Nothing node={node} acts={acts} />}
      {entries.map((entry, index) => (
        <OneRule key={index} entry={entry} index={index} count={entries.length} label={told.name} editing={editing} acts={acts} />
      ))}
      {first?.kind === "rule" && !editing.isReadOnly && (
        <button type="button" className="btn btn-sm" onClick={() => acts.add(node, { op: "", if: ["eq", "", ""] })}><Icon name="plus" size={14} /> Another case</button>
      )}
    </div>
  );
}

/** @param {{ node: TreeNode, acts: Acts }} props */
function Nothing({ node, acts }) {
  const isGroup = node.told.type === "object" && !node.told.repeats;
  return (
    <div className="m-nothing">
      <p>Nothing fills this field yet. Draw a line from a field of the source, or:</p>
      <div className="m-buttons">
        {!isGroup && <button type="button" className="btn btn-sm" onClick={() => acts.add(node, { op: "" })}><Icon name="pencil" size={14} /> Fixed value or function</button>}
        {node.told.repeats && node.told.type === "object" && <button type="button" className="btn btn-sm" onClick={() => acts.add(node, { each: ["list"], name: "item", rules: [] })}><Icon name="list" size={14} /> For each item of a list</button>}
        {isGroup && <span>Fill the fields inside.</span>}
      </div>
    </div>
  );
}

/** @param {{ entry: Entry, index: number, count: number, label: string, editing: Editing, acts: Acts }} props */
function OneRule({ entry, index, count, label, editing, acts }) {
  const { rule, place, kind, sight } = entry;
  const { isReadOnly } = editing;
  const seen = editorSight(sight, editing.scope);
  const more = unknownOf(rule);
  const editor = { functions: editing.functions, scope: { schema: null, values: editing.scope }, evaluateUrl: editing.evaluateUrl, titles: editing.titles, isReadOnly };
  return (
    <section className="m-rule" aria-label={count > 1 ? `Case ${index + 1} of ${count}` : `Rule of ${label}`}>
      {kind === "rule" && <OpEditor {...editor} op={rule.op} label={label} sight={seen} onChange={(op) => acts.change(place, { op }, "op")} />}
      {kind === "loop" && <LoopDetail entry={entry} editor={editor} scope={editing.scope} onChange={(change, tag) => acts.change(place, change, tag)} />}
      {kind === "unknown" && <p>7M does not know this rule. It is kept as it stands.</p>}
      {kind !== "unknown" && <Settings rule={rule} isLoop={kind === "loop"} isReadOnly={isReadOnly} onChange={(change, tag) => acts.change(place, change, tag)} />}
      {"if" in rule && kind !== "unknown" && (
        <div className="m-condition">
          <span className="m-label">Only when</span>
          <OpEditor {...editor} op={rule.if} label={`Condition of ${label}`} sight={seen} isCondition onChange={(op) => acts.change(place, { if: op }, "if")} />
        </div>
      )}
      {(Object.keys(more).length > 0 || kind === "unknown") && <pre className="m-kept" aria-label="Kept as it stands">{JSON.stringify(kind === "unknown" ? rule : more, null, 1)}</pre>}
      {!isReadOnly && (
        <div className="m-buttons">
          {kind === "rule" && <button type="button" className="btn btn-sm" onClick={() => acts.table(entry)}><Icon name="table" size={14} /> Translate by a table</button>}
          {kind !== "unknown" && ("if" in rule
            ? <button type="button" className="btn btn-sm" onClick={() => acts.change(place, { if: undefined })}><Icon name="x" size={14} /> No condition</button>
            : <button type="button" className="btn btn-sm" onClick={() => acts.change(place, { if: ["eq", "", ""] })}><Icon name="split" size={14} /> Only when …</button>)}
          {count > 1 && <button type="button" className="btn btn-sm" disabled={index === 0} aria-label={`Case ${index + 1}: earlier`} onClick={() => acts.move(place, -1)}><Icon name="arrow-up" size={14} /></button>}
          <button type="button" className="btn btn-sm" onClick={() => acts.remove(place)}><Icon name="trash-2" size={14} /> {kind === "loop" ? "Remove the loop" : "Remove"}</button>
        </div>
      )}
    </section>
  );
}

/** @param {{ rule: Rule, isLoop: boolean, isReadOnly: boolean, onChange: (change: Record<string, any>, tag?: string) => void }} props */
function Settings({ rule, isLoop, isReadOnly, onChange }) {
  const missing = rule.onMissing ?? ("default" in rule ? "default" : "skip");
  return (
    <div className="m-settings">
      <label><span className="m-label">If it is missing</span>
        <select className="form-select form-select-sm" value={missing} disabled={isReadOnly}
          onChange={({ target: { value } }) => onChange({ onMissing: value === "skip" || (value === "default" && !("onMissing" in rule)) ? undefined : value, default: value === "default" ? rule.default ?? (isLoop ? [] : "") : undefined })}>
          {Object.entries(MISSING).map(([key, word]) => <option key={key} value={key}>{word}</option>)}
        </select>
      </label>
      {missing === "default" && <span className="m-default"><ValueInput op={literal(rule.default)} label="Value when it is missing" isReadOnly={isReadOnly} onChange={(op) => onChange({ default: Array.isArray(op) ? op[1] : op }, "default")} /></span>}
      {!isLoop && (
        <label><span className="m-label">Write it as</span>
          <select className="form-select form-select-sm" value={rule.as ?? ""} disabled={isReadOnly} onChange={({ target: { value } }) => onChange({ as: value || undefined })}>
            <option value="">it comes</option>
            {[...CASTS, ...(rule.as && !CASTS.includes(rule.as) ? [rule.as] : [])].map((cast) => <option key={cast} value={cast}>{CAST_WORDS[cast] ?? cast}</option>)}
          </select>
        </label>
      )}
    </div>
  );
}

