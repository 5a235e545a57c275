/** The fields of a record type as rows: name, place, type, and what that type needs; the rest behind a button. */
import { Fragment, useEffect, useRef, useState } from "react";
import { Icon } from "../../icon.jsx";
import { digits, number, toNumber } from "../../server/exact_json.js";
import { fieldOf, fieldsOf, wordOf } from "../../panel/schema.js";
import { problemsAt } from "../../panel/problems.js";
import { FieldView } from "../../panel/view/field_view.jsx";
import { Problems } from "../../panel/view/shell.jsx";
import { usePanel } from "../../panel/view/context.jsx";
import { fieldChanged, typeChanged } from "../layout.js";

/** @import { Path } from "../../panel/values.js" */
/** @import { RecordType } from "../layout.js" */
const IN_ROW = new Set(["name", "start", "length", "type", "pattern", "sign", "scale", "point", "required"]);

/** @param {{ record: RecordType, form: any, root: any, path: Path, chosen: number, fresh: string, onChoose: (index: number) => void, onChange: (record: RecordType, label: string, run?: string) => void }} props  form: of one field; fresh: the name of a field whose name is to be typed */
export function FieldRows({ record, form, root, path, chosen, fresh, onChoose, onChange }) {
  const { problems, isReadOnly } = usePanel();
  const [open, setOpen] = useState(-1);
  const box = useRef(/** @type {HTMLTableElement | null} */ (null));
  const rest = fieldsOf(form, root).filter((field) => !IN_ROW.has(field.name));
  useEffect(() => {
    if (!fresh) return;
    const input = /** @type {HTMLInputElement | null} */ (box.current?.querySelector("tr.is-chosen input"));
    input?.focus();
    input?.select();
  }, [fresh]);
  const set = (/** @type {number} */ index, /** @type {Record<string, any>} */ change, /** @type {string} */ word) => onChange(fieldChanged(record, index, change), `Change ${word}`, `${index}.${word}`);
  if (!record.fields.length) return <p className="p-none">There are no fields yet. Drag over columns above, or add one here.</p>;
  return (
    <table className="l-fields" ref={box}>
      <thead><tr><th>Name</th><th>Start</th><th>Length</th><th>Type</th><th>Written as</th><th>Needed</th><th><span className="x-sr">More</span></th></tr></thead>
      <tbody>
        {record.fields.map((field, index) => {
          const here = problemsAt(problems, [...path, index]);
          return (
            <Fragment key={index}>
              <tr className={index === chosen ? "is-chosen" : ""} onFocus={() => index !== chosen && onChoose(index)}>
                <td data-title="Name"><input className="form-control form-control-sm" aria-label={`Name of field ${index + 1}`} value={field.name} maxLength={80} readOnly={isReadOnly} onChange={(event) => set(index, { name: event.target.value }, "name")} /></td>
                <td data-title="Start"><Whole label={`Start of ${field.name}`} value={field.start} isReadOnly={isReadOnly} onChange={(start) => set(index, { start }, "start")} /></td>
                <td data-title="Length"><Whole label={`Length of ${field.name}`} value={field.length} isReadOnly={isReadOnly} onChange={(length) => set(index, { length }, "length")} /></td>
                <td data-title="Type"><Choice label={`Type of ${field.name}`} form={form} root={root} name="type" value={field.type ?? "text"} onChange={(type) => onChange(typeChanged(record, index, type), "Change type")} /></td>
                <td data-title="Written as" className="l-written"><Written field={field} form={form} root={root} set={(change, word) => set(index, change, word)} /></td>
                <td data-title="Needed"><input type="checkbox" className="form-check-input" aria-label={`${field.name} is needed`} checked={field.required === true} disabled={isReadOnly} onChange={(event) => set(index, { required: event.target.checked || undefined }, "needed")} /></td>
                <td className="l-row-buttons">
                  <button type="button" className="x-icon-btn is-small" aria-expanded={open === index} aria-label={`More of ${field.name}`} title="More" onClick={() => setOpen(open === index ? -1 : index)}><Icon name="ellipsis" size={14} /></button>
                  {!isReadOnly && <button type="button" className="x-icon-btn is-small" aria-label={`Remove ${field.name}`} title="Remove" onClick={() => { setOpen(-1); onChange({ ...record, fields: record.fields.toSpliced(index, 1) }, "Remove a field"); }}><Icon name="trash-2" size={14} /></button>}
                </td>
              </tr>
              {here.length > 0 && <tr className="l-wide"><td colSpan={7}><Problems problems={here} /></td></tr>}
              {open === index && <tr className="l-wide"><td colSpan={7}><div className="l-more">{rest.map((inner) => <FieldView key={inner.name} field={inner} path={[...path, index, inner.name]} />)}</div></td></tr>}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}

/** @param {{ label: string, value: any, isReadOnly: boolean, onChange: (value: any) => void }} props */
function Whole({ label, value, isReadOnly, onChange }) {
  return <input className="form-control form-control-sm l-whole" inputMode="numeric" aria-label={label} readOnly={isReadOnly} value={digits(value) ?? String(value ?? "")} onChange={(event) => onChange(number(event.target.value) ?? event.target.value)} />;
}

/** One of the values that the schema lists. @param {{ label: string, form: any, root: any, name: string, value: string, none?: string, onChange: (value: string) => void }} props  none: what “none” is called */
function Choice({ label, form, root, name, value, none, onChange }) {
  const { isReadOnly } = usePanel();
  const field = fieldOf(name, form.properties[name], root, false);
  return (
    <select className="form-select form-select-sm" aria-label={label} value={value} disabled={isReadOnly} onChange={(event) => onChange(event.target.value)}>
      {field.schema.enum.map((/** @type {string} */ one) => <option key={one} value={one}>{one === "none" && none ? none : wordOf(one)}</option>)}
    </select>
  );
}

/** What a type needs: a pattern, the sign, the decimals. @param {{ field: any, form: any, root: any, set: (change: Record<string, any>, word: string) => void }} props */
function Written({ field, form, root, set }) {
  const { isReadOnly } = usePanel();
  const type = field.type ?? "text";
  if (type === "text") return <span className="p-hint">as it stands</span>;
  if (type === "date" || type === "datetime" || type === "boolean") return <input className="form-control form-control-sm" aria-label={`Pattern of ${field.name}`} value={field.pattern ?? ""} maxLength={40} readOnly={isReadOnly} onChange={(event) => set({ pattern: event.target.value }, "pattern")} />;
  return (
    <>
      {type === "decimal" && <Whole label={`Decimals of ${field.name}`} value={field.scale ?? 0} isReadOnly={isReadOnly} onChange={(scale) => set({ scale: toNumber(scale) === 0 ? undefined : scale }, "decimals")} />}
      {type === "decimal" && <Choice label={`Point of ${field.name}`} form={form} root={root} name="point" value={field.point ?? "implied"} onChange={(point) => set({ point: point === "implied" ? undefined : point }, "point")} />}
      <Choice label={`Sign of ${field.name}`} form={form} root={root} name="sign" none="Without a sign" value={field.sign ?? "none"} onChange={(sign) => set({ sign: sign === "none" ? undefined : sign }, "sign")} />
    </>
  );
}
