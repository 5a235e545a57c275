/** What the trailer promises: counts and totals, which are compared when the file ends. */
import { Icon } from "../../icon.jsx";
import { problemsAt } from "../../panel/problems.js";
import { Problems } from "../../panel/view/shell.jsx";
import { usePanel } from "../../panel/view/context.jsx";
import { isData, isTrailer, numbersOf, recordsOf } from "../layout.js";

/** @import { Options } from "../layout.js" */
/** @param {{ options: Options, path: import("../../panel/values.js").Path, onChange: (options: Options, label: string) => void }} props */
export function Checks({ options, path, onChange }) {
  const { problems, isReadOnly } = usePanel();
  const checks = options.checks ?? [];
  const promised = numbersOf(options, isTrailer);
  const summed = numbersOf(options, isData);
  const data = recordsOf(options).filter(isData).map(({ name }) => name);
  const set = (/** @type {any[]} */ next, /** @type {string} */ label) => onChange({ ...options, checks: next.length ? next : undefined }, label);
  const change = (/** @type {number} */ index, /** @type {Record<string, any>} */ more) => set(checks.with(index, Object.fromEntries(Object.entries({ ...checks[index], ...more }).filter(([, value]) => value !== undefined))), "Change a check");
  if (!recordsOf(options).some(isTrailer)) return null;
  return (
    <section className="l-part" aria-label="Checks of the trailer">
      <h3>Checks of the trailer</h3>
      {!promised.length && <p className="p-none">The trailer has no number yet that could be compared. Make a field of it a whole number.</p>}
      {checks.map((check, index) => (
        <div key={index} className="l-check" role="group" aria-label={`Check ${index + 1}`}>
          <select className="form-select form-select-sm" aria-label="Field of the trailer" value={check.field} disabled={isReadOnly} onChange={(event) => change(index, { field: event.target.value })}>{[...new Set([check.field, ...promised])].map((name) => <option key={name}>{name}</option>)}</select>
          <span>is</span>
          <select className="form-select form-select-sm" aria-label="Check" value={check.kind ?? "count"} disabled={isReadOnly} onChange={(event) => change(index, { kind: event.target.value, of: event.target.value === "sum" ? summed[0] : undefined })}><option value="count">the number</option><option value="sum">the total</option></select>
          {check.kind === "sum" && <select className="form-select form-select-sm" aria-label="Field to add up" value={check.of ?? ""} disabled={isReadOnly} onChange={(event) => change(index, { of: event.target.value })}>{[...new Set([check.of ?? "", ...summed])].filter(Boolean).map((name) => <option key={name}>{name}</option>)}</select>}
          <span>of</span>
          {data.map((name) => (
            <label key={name} className="form-check">
              <input type="checkbox" className="form-check-input" checked={check.records?.includes(name) ?? false} disabled={isReadOnly} onChange={(event) => change(index, { records: data.filter((one) => (one === name ? event.target.checked : check.records?.includes(one))) })} /> <span>{name}</span>
            </label>
          ))}
          {!isReadOnly && <button type="button" className="x-icon-btn is-small" aria-label={`Remove check ${index + 1}`} onClick={() => set(checks.toSpliced(index, 1), "Remove a check")}><Icon name="trash-2" size={14} /></button>}
          <Problems problems={problemsAt(problems, [...path, "checks", index])} />
        </div>
      ))}
      {!isReadOnly && promised.length > 0 && <button type="button" className="btn btn-sm" onClick={() => set([...checks, { field: promised.find((name) => !checks.some((check) => check.field === name)) ?? promised[0], kind: "count", records: data }], "Add a check")}><Icon name="plus" size={14} /> Add a check</button>}
    </section>
  );
}
