/** A fixed value: text, number, yes or no, nothing; a list or an object as JSON. Typing “/” into an empty text asks for a field. */
import { useState } from "react";
import { digits, number, parse } from "../../server/exact_json.js";
import { literal, valueOf } from "../op.js";

/** @import { Op } from "../op.js" */
export const TYPES = { text: "Text", number: "Number", boolean: "Yes or no", nothing: "Nothing", json: "List or object" };
/** @typedef {keyof typeof TYPES} Type */

/** @param {any} value @returns {Type} */
export function typeOf(value) {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "boolean";
  return digits(value) === null ? "json" : "number";
}

/** The type in which a value is shown: an empty text where a number is wanted is a number not written yet. @param {any} value @param {string} wants */
export const shownType = (value, wants) => (value === "" && (wants === "number" || wants === "boolean") ? /** @type {Type} */ (wants) : typeOf(value));

/** What a fixed value begins with when its type changes. @param {Type} type @param {any} value */
export function begun(type, value) {
  const text = typeof value === "string" ? value : digits(value) ?? "";
  if (type === "text") return text;
  if (type === "number") return number(text) ?? 0;
  if (type === "boolean") return true;
  return type === "json" ? ["lit", []] : null;
}

/** @param {{ op: Op, label: string, wants?: string, isTyped?: boolean, isReadOnly?: boolean, onChange: (op: Op) => void, onSlash?: () => void }} props  isTyped: its type stands elsewhere */
export function ValueInput({ op, label, wants = "", isTyped = false, isReadOnly = false, onChange, onSlash }) {
  const value = valueOf(op);
  const type = shownType(value, wants);
  return (
    <span className="p-value">
      {!isTyped && <select className="form-select form-select-sm p-type" aria-label={`${label}: type of the value`} value={type} disabled={isReadOnly} onChange={(event) => onChange(begun(/** @type {Type} */ (event.target.value), value))}>
        {Object.entries(TYPES).map(([key, word]) => <option key={key} value={key}>{word}</option>)}
      </select>}
      {type === "nothing" && isTyped && <span className="p-none">nothing at all</span>}
      {type === "text" && <TextInput value={value} label={label} isReadOnly={isReadOnly} onChange={onChange} onSlash={onSlash} />}
      {type === "boolean" && (
        <select className="form-select form-select-sm" aria-label={label} value={String(value)} disabled={isReadOnly} onChange={(event) => onChange(event.target.value === "true")}>
          {value === "" && <option value="">Choose …</option>}
          <option value="true">yes</option>
          <option value="false">no</option>
        </select>
      )}
      {(type === "number" || type === "json") && <ParsedInput key={type} value={value} type={type} label={label} isReadOnly={isReadOnly} onChange={onChange} />}
    </span>
  );
}

/** @param {{ value: string, label: string, isReadOnly: boolean, onChange: (op: Op) => void, onSlash?: () => void }} props */
function TextInput({ value, label, isReadOnly, onChange, onSlash }) {
  return (
    <input className="form-control form-control-sm" aria-label={label} value={value} readOnly={isReadOnly} placeholder={onSlash ? "Text, or / for a field" : ""}
      onKeyDown={(event) => {
        if (event.key !== "/" || value !== "" || !onSlash) return;
        event.preventDefault();
        onSlash();
      }}
      onChange={(event) => onChange(event.target.value)} />
  );
}

/** What is typed is kept until it can be read. @param {{ value: any, type: "number" | "json", label: string, isReadOnly: boolean, onChange: (op: Op) => void }} props */
function ParsedInput({ value, type, label, isReadOnly, onChange }) {
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const shown = typed ?? (type === "number" ? digits(value) ?? "" : JSON.stringify(value));
  const isWrong = typed !== null && read(type, typed) === undefined;
  const give = (/** @type {string} */ text) => {
    setTyped(text);
    const found = read(type, text);
    if (found !== undefined) onChange(literal(found));
  };
  const Box = type === "json" ? "textarea" : "input";
  return (
    <span className="p-typed">
      <Box className={`form-control form-control-sm ${isWrong ? "is-invalid" : ""}`} aria-label={label} aria-invalid={isWrong} inputMode={type === "number" ? "decimal" : undefined} value={shown} readOnly={isReadOnly}
        onChange={(/** @type {any} */ event) => give(event.target.value)} onBlur={() => !isWrong && setTyped(null)} />
      {isWrong && <span className="p-error" role="alert">{type === "number" ? "Not a number. Write 1234.50, with a point." : "Not JSON yet."}</span>}
    </span>
  );
}

/** @param {"number" | "json"} type @param {string} text @returns {any} undefined where it cannot be read */
function read(type, text) {
  if (type === "number") return number(text) ?? undefined;
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
