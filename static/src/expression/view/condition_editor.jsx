/** A condition as rows: field · comparison · value, all or any of them; groups stand inside groups. */
import { Icon } from "../../icon.jsx";
import { COMPARISONS, comparison, compareBy, newRow, placeOfLeft, placeOfRight, readCondition, withoutRow, withRow, writeCondition } from "../condition.js";
import { useValueAt } from "./context.jsx";
import { OpField } from "./op_field.jsx";

/** @import { Condition, Group, Row } from "../condition.js" */
/** @import { Op } from "../op.js" */
/** @import { Sight } from "../sight.js" */
/** @typedef {{ label: string, at: number[], sight: Sight, isReadOnly: boolean }} Common */

/** @param {Common & { op: Op, onChange: (op: Op) => void }} props */
export function ConditionEditor({ op, onChange, ...common }) {
  const condition = readCondition(op);
  const change = (/** @type {Condition} */ next) => onChange(writeCondition(next));
  return (
    <div className="p-condition" role="group" aria-label={common.label}>
      {condition.kind === "group" ? <GroupEditor group={condition} onChange={change} {...common} /> : <RowEditor row={condition} onChange={change} {...common} />}
      {condition.kind === "row" && !common.isReadOnly && (
        <div className="p-condition-add">
          <button type="button" className="btn btn-sm" onClick={() => change(withRow(condition, "and"))}><Icon name="plus" size={14} /> And …</button>
          <button type="button" className="btn btn-sm" onClick={() => change(withRow(condition, "or"))}><Icon name="plus" size={14} /> Or …</button>
        </div>
      )}
    </div>
  );
}

/** @param {Common & { group: Group, onChange: (condition: Condition) => void }} props */
function GroupEditor({ group, onChange, ...common }) {
  const { label, at, isReadOnly } = common;
  const put = (/** @type {number} */ index, /** @type {Condition} */ part) => onChange({ ...group, of: group.of.with(index, part) });
  return (
    <div className="p-group">
      <select className="form-select form-select-sm p-join" aria-label={`${label}: all or any`} value={group.join} disabled={isReadOnly} onChange={(event) => onChange({ ...group, join: /** @type {"and" | "or"} */ (event.target.value) })}>
        <option value="and">all of these hold</option>
        <option value="or">any of these holds</option>
      </select>
      <ol className="p-rows">
        {group.of.map((part, index) => {
          const inner = { ...common, label: `${label}, condition ${index + 1}`, at: [...at, index + 1] };
          return (
            <li key={index}>
              {part.kind === "group" ? <GroupEditor group={part} onChange={(next) => put(index, next)} {...inner} /> : <RowEditor row={part} onChange={(next) => put(index, next)} {...inner} />}
              {!isReadOnly && <button type="button" className="x-icon-btn is-small" aria-label={`Remove condition ${index + 1}`} onClick={() => onChange(withoutRow(group, index))}><Icon name="trash-2" size={14} /></button>}
            </li>
          );
        })}
      </ol>
      {!isReadOnly && (
        <div className="p-condition-add">
          <button type="button" className="btn btn-sm" onClick={() => onChange(withRow(group))}><Icon name="plus" size={14} /> Add a condition</button>
          <button type="button" className="btn btn-sm" onClick={() => onChange({ ...group, of: [...group.of, { kind: "group", join: group.join === "and" ? "or" : "and", of: [newRow(), newRow()] }] })}><Icon name="group" size={14} /> Add a group</button>
        </div>
      )}
    </div>
  );
}

/** @param {Common & { row: Row, onChange: (condition: Condition) => void }} props */
function RowEditor({ row, onChange, label, at, sight, isReadOnly }) {
  const told = useValueAt(at);
  return (
    <div className="p-row">
      <OpField op={row.left} onChange={(left) => onChange({ ...row, left })} label={`${label}: what is compared`} at={[...at, ...placeOfLeft(row)]} sight={sight} />
      <select className="form-select form-select-sm p-compare" aria-label={`${label}: comparison`} value={row.comparison} disabled={isReadOnly} onChange={(event) => onChange(compareBy(row, event.target.value))}>
        {COMPARISONS.map(({ id, word }) => <option key={id} value={id}>{word}</option>)}
      </select>
      {row.right.map((op, index) =>
        comparison(row.comparison).key === "matches"
          ? <input key={index} className="form-control form-control-sm" aria-label={`${label}: pattern`} value={String(op ?? "")} readOnly={isReadOnly} onChange={(event) => onChange({ ...row, right: [event.target.value] })} />
          : <OpField key={index} op={op} onChange={(next) => onChange({ ...row, right: row.right.with(index, next) })} label={`${label}: with what`} at={[...at, ...placeOfRight(row)]} sight={sight} />,
      )}
      {told && !told.missing && typeof told.value === "boolean" && <span className={`p-holds ${told.value ? "is-yes" : "is-no"}`}><Icon name={told.value ? "check" : "x"} size={14} /> {told.value ? "holds" : "does not hold"}</span>}
    </div>
  );
}
