/** Fields of one value: text, number, yes or no, one of several. */
import { useState } from "react";
import { digits, number } from "../../server/exact_json.js";
import { bytesWords, span } from "../policy_words.js";
import { fallbackWords, wordOf } from "../schema.js";
import { at } from "../values.js";
import { usePanel } from "./context.jsx";
import { Shell } from "./shell.jsx";

/** @import { Field } from "../schema.js" */
/** @import { Path } from "../values.js" */
/** @typedef {{ field: Field, path: Path }} Props */

/** What a field shows while it is empty. @param {Field} field */
const placeholder = (field) => {
  const words = fallbackWords(field);
  return words ? `as usual: ${words}` : "";
};

/** @param {Props} props */
export function TextField({ field, path }) {
  const { config, change, clear, isReadOnly } = usePanel();
  const value = at(config, path);
  const Box = field.kind === "long" ? "textarea" : "input";
  return (
    <Shell field={field} path={path}>
      {({ id, describedBy, isInvalid }) => (
        <Box id={id} className="form-control" aria-describedby={describedBy} aria-invalid={isInvalid} aria-required={field.required} readOnly={isReadOnly} value={typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value)} placeholder={placeholder(field)} maxLength={field.schema.maxLength}
          onChange={(/** @type {any} */ event) => (event.target.value === "" && !field.required ? clear(path, field.title) : change(path, event.target.value, field.title))} />
      )}
    </Shell>
  );
}

/** @param {Props} props */
export function NumberField({ field, path }) {
  const { config, change, clear, isReadOnly } = usePanel();
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const value = at(config, path);
  const give = (/** @type {string} */ text) => {
    setTyped(text);
    if (text.trim() === "") return clear(path, field.title);
    const found = number(text);
    return change(path, found ?? text, field.title);
  };
  const note = value !== undefined && value !== null && typeof value !== "string" ? inWords(field, value) : "";
  return (
    <Shell field={field} path={path} note={note}>
      {({ id, describedBy, isInvalid }) => (
        <input id={id} className="form-control p-number" inputMode={field.kind === "integer" ? "numeric" : "decimal"} aria-describedby={describedBy} aria-invalid={isInvalid} aria-required={field.required} readOnly={isReadOnly} value={typed ?? digits(value) ?? (typeof value === "string" ? value : "")} placeholder={placeholder(field)}
          onChange={(event) => give(event.target.value)} onBlur={() => setTyped(null)} />
      )}
    </Shell>
  );
}

/** @param {Field} field @param {any} value */
function inWords(field, value) {
  if (field.name.endsWith("_bytes")) return `That is ${bytesWords(value)}.`;
  return field.name.endsWith("_s") && Number(digits(value)) >= 60 ? `That is ${span(Number(digits(value)))}.` : "";
}

/** @param {Props} props */
export function BooleanField({ field, path }) {
  const { config, change, isReadOnly } = usePanel();
  const value = at(config, path) ?? field.fallback ?? false;
  return (
    <Shell field={field} path={path}>
      {({ id, describedBy }) => (
        <span className="form-check form-switch p-switch">
          <input id={id} type="checkbox" role="switch" className="form-check-input" aria-describedby={describedBy} checked={value === true} disabled={isReadOnly} onChange={(event) => change(path, event.target.checked, field.title)} />
          <span aria-hidden="true">{value ? "yes" : "no"}</span>
        </span>
      )}
    </Shell>
  );
}

/** @param {Props} props */
export function ChoiceField({ field, path }) {
  const { config, change, clear, isReadOnly } = usePanel();
  const value = at(config, path);
  /** @type {any[]} */
  const choices = field.schema.enum ?? [field.schema.const];
  const usual = fallbackWords(field);
  const shown = value === undefined || value === null ? "" : String(value);
  return (
    <Shell field={field} path={path}>
      {({ id, describedBy, isInvalid }) => (
        <select id={id} className="form-select" aria-describedby={describedBy} aria-invalid={isInvalid} disabled={isReadOnly} value={shown}
          onChange={(event) => (event.target.value === "" && !choices.includes("") ? clear(path, field.title) : change(path, choices.find((choice) => String(choice) === event.target.value), field.title))}>
          {!choices.includes("") && (!field.required || shown === "") && <option value="">{field.required ? "Choose …" : usual ? `as usual: ${usual}` : "not set"}</option>}
          {shown !== "" && !choices.some((choice) => String(choice) === shown) && <option value={shown}>{shown}</option>}
          {choices.map((choice) => <option key={String(choice)} value={String(choice)}>{wordOf(choice)}</option>)}
        </select>
      )}
    </Shell>
  );
}

/** Several of a few. @param {Props} props */
export function SetField({ field, path }) {
  const { config, change, isReadOnly } = usePanel();
  const choices = field.schema.items.enum;
  const chosen = at(config, path) ?? field.fallback ?? [];
  return (
    <Shell field={field} path={path} isGroup>
      {() => (
        <div className="p-checks">
          {choices.map((/** @type {string} */ choice) => (
            <label key={choice} className="form-check">
              <input type="checkbox" className="form-check-input" checked={chosen.includes(choice)} disabled={isReadOnly} onChange={(event) => change(path, choices.filter((/** @type {string} */ one) => (one === choice ? event.target.checked : chosen.includes(one))), field.title)} />
              <span>{wordOf(choice)}</span>
            </label>
          ))}
        </div>
      )}
    </Shell>
  );
}

/** What no form is drawn for: shown as it is. @param {Props} props */
export function JsonField({ field, path }) {
  const { config } = usePanel();
  const value = at(config, path);
  return (
    <Shell field={field} path={path} isGroup note="It can be changed in the flow's file.">
      {() => <pre className="p-json">{value === undefined ? "not set" : JSON.stringify(value, null, 2)}</pre>}
    </Shell>
  );
}
