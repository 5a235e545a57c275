/** The record types of a layout as tabs with the number of their lines, and the form of the open one. */
import { useState } from "react";
import { Icon } from "../../icon.jsx";
import { fieldsOf, wordOf } from "../../panel/schema.js";
import { problemsAt } from "../../panel/problems.js";
import { FieldView } from "../../panel/view/field_view.jsx";
import { Problems } from "../../panel/view/shell.jsx";
import { usePanel } from "../../panel/view/context.jsx";

/** @import { RecordType } from "../layout.js" */
const OWN = new Set(["name", "role", "fields"]);

/** @param {{ records: RecordType[], counts: number[], current: number, hasSample: boolean, isReadOnly: boolean, onOpen: (index: number) => void, onAdd: () => void }} props  counts: of lines, at the end those of no type */
export function RecordTabs({ records, counts, current, hasSample, isReadOnly, onOpen, onAdd }) {
  const loose = counts.at(-1) ?? 0;
  const shown = [...records.map((record, index) => ({ index, name: record.name, count: counts[index] })), ...(loose ? [{ index: records.length, name: "no record type", count: loose }] : [])];
  const walk = (/** @type {import("react").KeyboardEvent} */ event) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const here = shown.findIndex(({ index }) => index === current);
    if (!by || here < 0) return;
    event.preventDefault();
    const next = shown[(here + by + shown.length) % shown.length].index;
    onOpen(next);
    document.getElementById(`l-tab-${next}`)?.focus();
  };
  return (
    <div className="l-tabs">
      {shown.length > 0 && <div role="tablist" aria-label="Record types">
        {shown.map(({ index, name, count }) => (
          <button key={index} id={`l-tab-${index}`} type="button" role="tab" aria-selected={index === current} aria-controls="l-record" tabIndex={index === current ? 0 : -1} className={index === records.length ? "is-loose" : ""} onClick={() => onOpen(index)} onKeyDown={walk}>
            {index === records.length && <Icon name="triangle-alert" size={14} />} {name} {hasSample && <small>{`${count} line${count === 1 ? "" : "s"}`}</small>}
          </button>
        ))}
      </div>}
      {!isReadOnly && <button type="button" className="btn btn-sm" onClick={onAdd}><Icon name="plus" size={14} /> Add a record type</button>}
    </div>
  );
}

/** @param {{ record: RecordType, form: any, root: any, path: import("../../panel/values.js").Path, isReadOnly: boolean, onName: (name: string) => void, onRole: (role: string) => void, onRemove: () => void }} props  form: of a record type */
export function RecordForm({ record, form, root, path, isReadOnly, onName, onRole, onRemove }) {
  const { problems } = usePanel();
  const [isOpen, setOpen] = useState(false);
  const rest = fieldsOf(form, root).filter((field) => !OWN.has(field.name));
  const own = problemsAt(problems, path, false);
  const marks = (record.marks ?? []).map((mark) => `“${mark.value ?? mark.pattern}” in column ${mark.start}`).join(" and ");
  return (
    <div className="l-record">
      <div className="l-record-row">
        <label>Record type <input className="form-control form-control-sm" value={record.name} maxLength={80} readOnly={isReadOnly} onChange={(event) => onName(event.target.value)} /></label>
        <label>Part <select className="form-select form-select-sm" value={record.role ?? "item"} disabled={isReadOnly} onChange={(event) => onRole(event.target.value)}>{form.properties.role.enum.map((/** @type {string} */ role) => <option key={role} value={role}>{wordOf(role)}</option>)}</select></label>
        <span className="p-hint">{marks ? `Recognised by ${marks}.` : "Takes the lines that no other record type takes."}</span>
        <button type="button" className="btn btn-sm" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}><Icon name="settings" size={14} /> More</button>
        {!isReadOnly && <button type="button" className="x-icon-btn is-small" aria-label={`Remove the record type ${record.name}`} title="Remove" onClick={onRemove}><Icon name="trash-2" size={14} /></button>}
      </div>
      <Problems problems={own} />
      {isOpen && <div className="l-more">{rest.map((field) => <FieldView key={field.name} field={field} path={[...path, field.name]} />)}</div>}
    </div>
  );
}
