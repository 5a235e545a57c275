/** Choosing what stands on both sides: a target, a sample, a lookup table. */
import { useEffect, useId, useState } from "react";
import { ask } from "../../server/ask.js";
import { Icon } from "../../icon.jsx";
import { Dialog } from "../../dialog.jsx";
import { FormatChoice } from "./format_choice.jsx";
import { Picking } from "./picking.jsx";

/** @import { Urls } from "../asking.js" */
/**
 * @typedef {{ key: string, title: string, group?: string }} Choice
 * @typedef {{ canonical: Choice[], operations: Choice[], formats: Choice[], importers: { key: string, title: string, takes: string, extensions: string[] }[] }} Choices
 */

const WAYS = { canonical: "A business object of 7M", operation: "What an operation takes", import: "A schema file", sample: "A sample document", format: "A message of a format", free: "Free: fields added by hand" };
/** @typedef {keyof typeof WAYS} Way */

/** @param {{ urls: Urls, target: any, onChoose: (target: any) => void, onClose: () => void }} props */
export function TargetChoice({ urls, target, onChoose, onClose }) {
  const [choices, setChoices] = useState(/** @type {Choices | null} */ (null));
  const [way, setWay] = useState(/** @type {Way} */ (target?.operation ? "operation" : target?.format ? "format" : "canonical"));
  const [failure, setFailure] = useState("");
  useEffect(() => void ask("GET", urls.choices).then(setChoices, (error) => setFailure(error.message)), [urls]);
  const choose = (/** @type {any} */ chosen) => { onChoose(chosen); onClose(); };
  return (
    <Dialog title="What is to be made?" onClose={onClose} size="wide">
      <div className="m-ways" role="radiogroup" aria-label="Kind of target">
        {Object.entries(WAYS).map(([key, word]) => <label key={key}><input type="radio" className="form-check-input" name="m-way" checked={way === key} onChange={() => { setWay(/** @type {Way} */ (key)); setFailure(""); }} /> {word}</label>)}
      </div>
      {failure && <p className="m-bad" role="alert"><Icon name="triangle-alert" size={14} /> {failure}</p>}
      {choices && way === "canonical" && <Picking label="Business object" choices={choices.canonical} chosen={target?.canonical} onPick={(canonical) => choose({ canonical })} />}
      {choices && way === "operation" && <Picking label="Operation" choices={choices.operations} chosen={target?.operation} onPick={(operation) => choose({ operation })} />}
      {choices && way === "format" && <FormatChoice urls={urls} formats={choices.formats} target={target} onChoose={choose} />}
      {choices && (way === "import" || way === "sample") && <SchemaFile key={way} urls={urls} importers={way === "sample" ? choices.importers.filter(({ key }) => key === "sample") : choices.importers.filter(({ key }) => key !== "sample")} onFailure={setFailure} onRead={(json_schema) => choose({ json_schema })} />}
      {way === "free" && <div className="m-form"><p>The target has the fields that you add, and no others are asked for.</p><button type="button" className="btn btn-primary" onClick={() => choose(null)}>No schema</button></div>}
    </Dialog>
  );
}

/** @param {{ urls: Urls, importers: Choices["importers"], onRead: (schema: any) => void, onFailure: (message: string) => void }} props */
function SchemaFile({ urls, importers, onRead, onFailure }) {
  const [kind, setKind] = useState(importers[0]?.key ?? "");
  const [text, setText] = useState("");
  const [base64, setBase64] = useState("");
  const [choices, setChoices] = useState(/** @type {{ choice: string, title: string }[]} */ ([]));
  const [choice, setChoice] = useState("");
  const id = useId();
  const read = async () => {
    onFailure("");
    try {
      const answer = await ask("POST", urls.import, { kind, choice, ...(base64 ? { base64 } : { text }) });
      if (answer.json_schema) onRead(answer.json_schema);
      else { setChoices(answer.choices); setChoice(answer.choices[0]?.choice ?? ""); }
    } catch (error) {
      onFailure(/** @type {Error} */ (error).message);
    }
  };
  const way = importers.find((one) => one.key === kind);
  return (
    <form className="m-form" onSubmit={(event) => { event.preventDefault(); void read(); }}>
      {importers.length > 1 && <><label htmlFor={`${id}-kind`}>Kind of file</label><select id={`${id}-kind`} className="form-select" value={kind} onChange={({ target: { value } }) => { setKind(value); setChoices([]); setChoice(""); }}>{importers.map(({ key, title }) => <option key={key} value={key}>{title}</option>)}</select></>}
      <FileOrText id={id} label={way?.takes ?? "File"} text={text} onText={(value) => { setText(value); setBase64(""); }} onFile={(value) => setBase64(value)} />
      {choices.length > 0 && <><label htmlFor={`${id}-choice`}>The file holds several: which one?</label><select id={`${id}-choice`} className="form-select" value={choice} onChange={({ target: { value } }) => setChoice(value)}>{choices.map((one) => <option key={one.choice} value={one.choice}>{one.title || one.choice}</option>)}</select></>}
      <button type="submit" className="btn btn-primary" disabled={!text && !base64 && !choices.length && kind !== "x12" && kind !== "edifact" && kind !== "hl7"}>Read it</button>
    </form>
  );
}

/** @param {{ id: string, label: string, text: string, onText: (text: string) => void, onFile: (base64: string) => void }} props */
function FileOrText({ id, label, text, onText, onFile }) {
  const [name, setName] = useState("");
  return (
    <>
      <label htmlFor={`${id}-text`}>{label}: paste it</label>
      <textarea id={`${id}-text`} className="form-control x-mono" rows={8} value={text} onChange={({ target: { value } }) => { onText(value); setName(""); }} />
      <label htmlFor={`${id}-file`}>or choose a file</label>
      <input id={`${id}-file`} className="form-control" type="file" onChange={async ({ target }) => {
        const [file] = target.files ?? [];
        if (!file) return;
        setName(file.name);
        onFile(base64Of(new Uint8Array(await file.arrayBuffer())));
      }} />
      {name && <p>{name}</p>}
    </>
  );
}

/** @param {Uint8Array} bytes */
function base64Of(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

/**
 * @param {{ urls: Urls, steps: { key: string, title: string, hasBody: boolean }[], isReady: boolean, onValue: (step: string, value: any, hasBody: boolean) => void, onScope: (scope: any) => void, onGenerate: () => void, onClose: () => void }} props
 */
export function SampleChoice({ urls, steps, isReady, onValue, onScope, onGenerate, onClose }) {
  const [text, setText] = useState("");
  const [base64, setBase64] = useState("");
  const [chosenStep, setStep] = useState(/** @type {string | null} */ (null));
  const step = chosenStep ?? steps[0]?.key ?? "";
  const [failure, setFailure] = useState("");
  const id = useId();
  const read = async () => {
    setFailure("");
    try {
      const answer = await ask("POST", urls.sample, base64 ? { base64 } : { text });
      const chosen = steps.find((one) => one.key === step);
      if (chosen) onValue(step, answer.value, chosen.hasBody);
      else onScope(answer.value);
      onClose();
    } catch (error) {
      setFailure(/** @type {Error} */ (error).message);
    }
  };
  return (
    <Dialog title="A sample for this mapping" onClose={onClose} size="wide">
      <form className="m-form" onSubmit={(event) => { event.preventDefault(); void read(); }}>
        <label htmlFor={`${id}-step`}>It is the document of</label>
        <select id={`${id}-step`} className="form-select" value={step} onChange={({ target: { value } }) => setStep(value)}>
          {steps.map(({ key, title }) => <option key={key} value={key}>{title}</option>)}
          <option value="">all steps: an object with a key for each</option>
        </select>
        <FileOrText id={id} label="The document" text={text} onText={(value) => { setText(value); setBase64(""); }} onFile={setBase64} />
        {failure && <p className="m-bad" role="alert"><Icon name="triangle-alert" size={14} /> {failure}</p>}
        <div className="m-buttons">
          <button type="submit" className="btn btn-primary" disabled={!isReady || (!text && !base64)}>Use it</button>
          <button type="button" className="btn" onClick={() => { onGenerate(); onClose(); }}><Icon name="wand-sparkles" size={14} /> Make one from the fields</button>
        </div>
        <p className="form-hint">It stays on this page: nothing is stored.</p>
      </form>
    </Dialog>
  );
}

/** @param {{ urls: Urls, onChoose: (key: string) => void, onClose: () => void }} props */
export function TableChoice({ urls, onChoose, onClose }) {
  const [tables, setTables] = useState(/** @type {{ key: string, title: string, url: string }[] | null} */ (null));
  const [shown, setShown] = useState("");
  const [entries, setEntries] = useState(/** @type {Record<string, any>} */ ({}));
  const [failure, setFailure] = useState("");
  useEffect(() => void ask("GET", urls.tables).then((answer) => setTables(answer.tables), (error) => setFailure(error.message)), [urls]);
  const show = (/** @type {string} */ key) => {
    setShown(key);
    ask("GET", `${urls.tables}?key=${encodeURIComponent(key)}`).then((answer) => setEntries(answer.entries), (error) => setFailure(error.message));
  };
  const table = tables?.find((one) => one.key === shown);
  return (
    <Dialog title="Translate by a lookup table" onClose={onClose} size="wide">
      {failure && <p className="m-bad" role="alert">{failure}</p>}
      {tables?.length === 0 && <p>There is no lookup table yet. <a href={urls.tables_page}>Add one</a>: it says which value stands for which.</p>}
      <ul className="m-picking" aria-label="Lookup tables">{tables?.map(({ key, title }) => <li key={key}><button type="button" aria-pressed={key === shown} onClick={() => show(key)}>{title} <code>{key}</code></button></li>)}</ul>
      {table && (
        <>
          <div className="m-entries" tabIndex={0} role="region" aria-label={`Entries of ${table.title}`}><table className="table table-sm"><thead><tr><th scope="col">From</th><th scope="col">To</th></tr></thead><tbody>{Object.entries(entries).map(([from, to]) => <tr key={from}><td>{from}</td><td>{String(to)}</td></tr>)}</tbody></table></div>
          <div className="m-buttons"><button type="button" className="btn btn-primary" onClick={() => { onChoose(table.key); onClose(); }}>Use this table</button><a className="btn" href={table.url} target="_blank" rel="noreferrer">Edit it <Icon name="external-link" size={14} /></a></div>
        </>
      )}
    </Dialog>
  );
}
