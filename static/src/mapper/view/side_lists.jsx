/** What stands beside the rules: the output, what is still to be done, what is suggested. */
import { memo, useMemo, useState } from "react";
import { Icon } from "../../icon.jsx";
import { KINDS } from "../problems.js";
import { idOf } from "../suggested.js";

/** @import { Preview } from "../asking.js" */
/** @import { Finding } from "../problems.js" */
/** @import { Suggestion } from "../suggested.js" */

/** Characters that are laid out with each keystroke; the others are there when they are asked for. */
const SHOWN = 12_000;

/** @type {import("react").NamedExoticComponent<{ preview: Preview | null, isBusy: boolean, failure: string, sample: string, format: string }>} */
export const Output = memo(function Output({ preview, isBusy, failure, sample, format }) {
  const [isWhole, setWhole] = useState(false);
  const text = useMemo(() => (preview ? pretty(preview) : ""), [preview]);
  const isCut = !isWhole && text.length > SHOWN;
  return (
    <section className="m-output" aria-label="Output of the sample" aria-busy={isBusy}>
      <header className="m-output-top">
        <h3>Output</h3>
        <span className="m-type-word">{sample ? `of ${sample}` : ""}{format !== "json" ? `, as ${format}` : ""}</span>
        {preview?.document !== null && preview !== null && <span className="m-type-word">{preview.size_bytes.toLocaleString("en")} bytes{preview.cut ? ", the beginning" : ""}</span>}
      </header>
      {failure && <p className="m-bad"><Icon name="triangle-alert" size={14} /> {failure}</p>}
      {preview && !preview.whole && <p className="m-bad"><Icon name="triangle-alert" size={14} /> {preview.problems.length === 1 ? "One rule fails" : `${preview.problems.length} rules fail`}: below is what the others make.</p>}
      {preview?.unwritten && <p className="m-bad"><Icon name="triangle-alert" size={14} /> {preview.unwritten.message} {preview.unwritten.hint}</p>}
      {preview ? <pre tabIndex={0} aria-label="Output">{isCut ? `${text.slice(0, SHOWN)}…` : text}</pre> : !failure && <div className="m-empty"><p>{sample ? "The output stands here as soon as a field is filled." : "Choose a sample to see the output here."}</p></div>}
      {(isCut || isWhole) && <button type="button" className="btn btn-sm m-more" onClick={() => setWhole(!isWhole)}>{isWhole ? "Show the beginning only" : `Show all ${text.length.toLocaleString("en")} characters`}</button>}
    </section>
  );
});

/** @param {Preview} preview */
function pretty({ document, value, cut }) {
  if (document === null) return value === null ? "" : JSON.stringify(value, plain, 2);
  if (cut || !/^[[{]/.test(document)) return document;
  return JSON.stringify(value, plain, 2);
}

/** Dates as they are written in a document. @param {string} _ @param {any} value */
const plain = (_, value) => value?.$date ?? value?.$datetime ?? value;

/** @param {{ findings: Finding[], onGo: (finding: Finding) => void }} props */
export function Findings({ findings, onGo }) {
  if (!findings.length) return <div className="m-empty"><Icon name="circle-check" size={24} /><p>Every required field is filled, and all types fit.</p></div>;
  return (
    <ul className="m-findings" aria-label="To do">
      {findings.slice(0, 300).map((one, index) => {
        const { word, icon, tone } = KINDS[one.kind];
        return (
          <li key={index}>
            <button type="button" className={`m-finding x-tone-${tone}`} onClick={() => onGo(one)}>
              <Icon name={icon} size={16} />
              <span><b>{word}</b> {one.message} {one.hint && <small>{one.hint}</small>}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** @param {{ suggestions: Suggestion[] | null, isBusy: boolean, onAccept: (one: Suggestion) => void, onAll: () => void, onDismiss: (one: Suggestion) => void, onGo: (one: Suggestion) => void, why: string }} props */
export function Suggestions({ suggestions, isBusy, onAccept, onAll, onDismiss, onGo, why }) {
  if (isBusy) return <div className="m-empty" role="status"><p>Comparing the fields …</p></div>;
  if (!suggestions?.length) return <div className="m-empty"><p>{why || (suggestions ? "There is nothing more to suggest." : "Press “Match similar fields”.")}</p></div>;
  return (
    <div className="m-suggestions">
      <div className="m-buttons"><button type="button" className="btn btn-sm btn-primary" onClick={onAll}><Icon name="check" size={14} /> Accept all {suggestions.length}</button></div>
      <ul aria-label="Suggestions">
        {suggestions.map((one) => (
          <li key={idOf(one)} className="m-suggestion">
            <button type="button" className="m-suggestion-go" onClick={() => onGo(one)}>
              <span><code>{one.source.join(" / ")}</code> <Icon name="arrow-right" size={14} /> <code>{one.target.join(" / ")}</code></span>
              <small>{one.score} of 100{one.list ? ", list to list" : ""}{one.reasons.length ? `: ${one.reasons.join(", ")}` : ""}{one.code ? `, the one with ${one.code}` : ""}</small>
            </button>
            <button type="button" className="btn btn-sm" aria-label={`Accept ${one.target.join(" / ")}`} onClick={() => onAccept(one)}><Icon name="check" size={14} /></button>
            <button type="button" className="btn btn-sm" aria-label={`Dismiss ${one.target.join(" / ")}`} onClick={() => onDismiss(one)}><Icon name="x" size={14} /></button>
          </li>
        ))}
      </ul>
    </div>
  );
}
