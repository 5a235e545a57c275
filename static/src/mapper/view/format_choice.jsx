/** A message of a format as the target: chosen from those the format has tables of, or named by the format's options. */
import { useId, useState } from "react";
import { useAsked } from "../../panel/view/context.jsx";
import { OptionsForm } from "../../panel/view/options_form.jsx";
import { Picking } from "./picking.jsx";

/** @import { Urls } from "../asking.js" */
/** @import { Choice } from "./choices.jsx" */
/** @typedef {{ choice: string, title: string, options: any }} Message */

/** @param {{ urls: Urls, formats: Choice[], target: any, onChoose: (target: any) => void }} props */
export function FormatChoice({ urls, formats, target, onChoose }) {
  const [format, setFormat] = useState(target?.format ?? "x12");
  const [options, setOptions] = useState(target?.options ?? {});
  const { answer, message, again } = useAsked(`${urls.format}?format=${encodeURIComponent(format)}`);
  const id = useId();
  const use = (/** @type {any} */ chosen) => onChoose({ format, ...(Object.keys(chosen).length ? { options: chosen } : {}) });
  /** @type {Message[]} */
  const messages = answer?.messages ?? [];
  const named = messages.find((one) => JSON.stringify(one.options) === JSON.stringify(options));
  const pick = (/** @type {string} */ choice) => use(messages.find((one) => one.choice === choice)?.options ?? {});
  return (
    <form className="m-form" onSubmit={(event) => { event.preventDefault(); if (!messages.length || Object.keys(options).length) use(options); }}>
      <label htmlFor={`${id}-format`}>Format</label>
      <select id={`${id}-format`} className="form-select" value={format} onChange={({ target: { value } }) => { setFormat(value); setOptions({}); }}>{formats.map(({ key, title }) => <option key={key} value={key}>{title}</option>)}</select>
      {message && <p className="m-bad" role="alert">{message} <button type="button" className="btn btn-sm" onClick={again}>Try again</button></p>}
      {!answer && !message && <p role="status">Opening the format …</p>}
      {messages.length > 0 && <Picking label="Message" choices={messages.map(({ choice, title }) => ({ key: choice, title }))} chosen={named?.choice} onPick={pick} />}
      {answer && (
        <details className="p-fold" open={!messages.length || undefined}>
          <summary>{messages.length ? "Another message, by the options of the format" : "Options of the format"}</summary>
          <div className="p-fold-body">
            <OptionsForm key={format} form={answer.form} options={options} onChange={setOptions} />
            <button type="submit" className="btn btn-primary">Use this format</button>
          </div>
        </details>
      )}
    </form>
  );
}
