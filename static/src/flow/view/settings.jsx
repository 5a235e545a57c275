/** The settings of the whole flow: how it answers, retries, keeps order and keeps data. */
import { digits, number } from "../../server/exact_json.js";
import { useBuilder, useEditorState } from "./context.js";
import { Dialog } from "./dialog.jsx";
import { Icon } from "../../icon.jsx";

/** @param {{ form: any, close: () => void }} props */
export function SettingsDialog({ form, close }) {
  const { editor } = useBuilder();
  const { history, problems } = useEditorState();
  const settings = history.present.settings;
  const change = (/** @type {string} */ name, /** @type {any} */ value) => editor.changeSettings({ ...settings, [name]: value });
  return (
    <Dialog title="Settings of the flow" close={close}>
      {Object.entries(form.properties).map(([name, field]) => {
        const found = problems.find((problem) => problem.place === `settings.${name}`);
        return (
          <div className="x-field" key={name}>
            <label className="form-label" htmlFor={`b-set-${name}`}>{/** @type {any} */ (field).title}</label>
            <Value id={`b-set-${name}`} field={field} value={settings[name]} change={(value) => change(name, value)} />
            {/** @type {any} */ (field).description && <div className="form-hint">{/** @type {any} */ (field).description}</div>}
            {found && <p className="x-field-error"><Icon name="circle-alert" size={15} />{found.message}</p>}
          </div>
        );
      })}
      <div className="x-dialog-actions"><button type="button" className="btn btn-primary" onClick={close}>Done</button></div>
    </Dialog>
  );
}

/** @param {{ id: string, field: any, value: any, change: (value: any) => void }} props */
function Value({ id, field, value, change }) {
  if (field.enum) return <select id={id} className="form-select" value={value} onChange={(event) => change(event.target.value)}>{field.enum.map((/** @type {string} */ choice) => <option key={choice}>{choice}</option>)}</select>;
  const give = (/** @type {string} */ typed) => {
    const found = number(typed);
    if (found !== null) change(found);
  };
  if (field.type === "integer" || field.type === "number") return <input id={id} type="number" step={field.type === "integer" ? 1 : "any"} className="form-control" value={digits(value) ?? ""} onChange={(event) => give(event.target.value)} />;
  const isPath = !field.items || field.anyOf;
  return <ListText key={isPath ? "path" : "numbers"} id={id} isPath={isPath} value={value} change={change} />;
}

/**
 * A list in one line: numbers with commas, or a path with dots, empty for none.
 * @param {{ id: string, isPath: boolean, value: any, change: (value: any) => void }} props
 */
function ListText({ id, isPath, value, change }) {
  const text = Array.isArray(value) ? value.map((one) => digits(one) ?? String(one)).join(isPath ? "." : ", ") : "";
  const read = (/** @type {string} */ typed) => {
    if (isPath) return change(typed.trim() ? typed.trim().split(".").filter(Boolean) : null);
    const numbers = typed.split(/[,;\s]+/).filter(Boolean).map(number);
    return numbers.every((one) => one !== null) ? change(numbers) : undefined;
  };
  return <input id={id} className="form-control" defaultValue={text} placeholder={isPath ? "none" : "no retries"} onBlur={(event) => event.target.value !== text && read(event.target.value)} />;
}
