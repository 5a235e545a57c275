/** The layout of a flat file, drawn over a sample: record types, their fields over a ruler, and what is read by them. */
import { useMemo, useState } from "react";
import { Dialog } from "../../dialog.jsx";
import { begin, edited, redone, undone } from "../../history.js";
import { Icon } from "../../icon.jsx";
import { resolve } from "../../expression/fields.js";
import { fieldsOf } from "../../panel/schema.js";
import { at, put, without } from "../../panel/values.js";
import { Panel, usePanel } from "../../panel/view/context.jsx";
import { FieldView } from "../../panel/view/field_view.jsx";
import { NewSample } from "../../samples/new_sample.jsx";
import { ask } from "../../server/ask.js";
import { edgeMoved, endOf, fieldAt, fieldCut, gapAt, grouped, recordChanged, recordsOf, toldApart, withField, withRecord } from "../layout.js";
import { Checks } from "./checks.jsx";
import { Decoded, Fault } from "./decoded.jsx";
import { FieldRows } from "./field_rows.jsx";
import { RecordForm, RecordTabs } from "./record_tabs.jsx";
import { Ruler } from "./ruler.jsx";
import { useSample } from "./use_sample.js";

/** @import { Path } from "../../panel/values.js" */
/** @import { Options, RecordType } from "../layout.js" */
const FRAME = new Set(["encoding", "line_end", "record_length", "short_lines"]);
const LINES_SHOWN = 40;
const LEAST_WIDTH = 40;

/** @param {{ form: any, path: Path, title: string, onClose: () => void }} props  form: of the options; path: where they stand in the config */
export function LayoutEditor({ form, path, title, onClose }) {
  const panel = usePanel();
  const { config, urls, isReadOnly } = panel;
  const options = /** @type {Options} */ (at(config, path) ?? {});
  const sampled = useSample(urls.samples ?? "", options);
  const { seen } = sampled;
  const [history, setHistory] = useState(() => begin(options));
  const [current, setCurrent] = useState(0);
  const [chosen, setChosen] = useState({ index: -1, fresh: "" });
  const [range, setRange] = useState(/** @type {import("./ruler.jsx").Range | null} */ (null));
  const records = recordsOf(options);
  const groups = useMemo(() => grouped(seen.lines, options), [seen.lines, options]);
  const loose = groups.at(-1) ?? [];
  const place = Math.min(current, records.length);
  const record = place < records.length ? records[place] : null;
  const lines = groups[place] ?? [];
  const width = Math.max(LEAST_WIDTH, ...(lines.length ? lines : seen.lines).map(({ text }) => text.length), ...(record?.fields.map((field) => endOf(field) - 1) ?? []));

  const edit = (/** @type {Options} */ next, /** @type {string} */ label, run = "") => {
    if (isReadOnly) return;
    const known = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
    setHistory((before) => edited(before, known, { label, run, now: Date.now() }));
    panel.change(path, known, label);
  };
  const step = (/** @type {typeof history} */ next) => {
    setHistory(next);
    setRange(null);
    panel.change(path, next.present, "Layout");
  };
  const setRecord = (/** @type {RecordType} */ next, /** @type {string} */ label, run = "") => edit({ ...options, records: records.with(place, next) }, label, run && `${place}.${run}`);
  const take = (/** @type {{ record: RecordType, index: number } | null} */ made, /** @type {string} */ label) => {
    setRange(null);
    if (!made) return;
    setRecord(made.record, label);
    setChosen({ index: made.index, fresh: `${made.record.fields[made.index].name} ${Date.now()}` });
  };
  const cut = (/** @type {number} */ column) => {
    if (!record) return;
    const gap = gapAt(record, column, width);
    take(gap ? withField(record, column, gap[1] - 1, width) : fieldCut(record, column), gap ? "Add a field" : "Cut a field");
  };
  const add = () => {
    if (!record) return;
    const last = record.fields.reduce((end, field) => Math.max(end, endOf(field)), Math.max(1, ...(record.marks ?? []).map((mark) => Number(mark.start) + (mark.value?.length ?? 0))));
    take(withField(record, last, last, Math.max(width, last)), "Add a field");
  };
  const open = (/** @type {number} */ index) => {
    setCurrent(index);
    setChosen({ index: -1, fresh: "" });
    setRange(null);
  };
  const guess = async () => {
    if (!sampled.sample) return;
    try {
      const found = (await ask("POST", sampled.sample.guess_url, {})).options;
      if (found.records) edit({ ...options, checks: undefined, ...found }, "Guess the layout");
      else sampled.setMessage("No columns can be told from this sample. Draw the fields by hand, or take a sample with more lines.");
      open(0);
    } catch (error) {
      sampled.setMessage(/** @type {Error} */ (error).message);
    }
  };
  const state = {
    ...panel, root: form,
    change: (/** @type {Path} */ where, /** @type {any} */ value, /** @type {string} */ word) => edit(at(put(config, where, value), path), `Change ${word.toLowerCase()}`, where.join(".")),
    clear: (/** @type {Path} */ where, /** @type {string} */ word) => edit(at(without(config, where), path) ?? {}, `Empty ${word.toLowerCase()}`),
  };
  const recordForm = resolve(form, form.properties.records.items);
  const fieldForm = resolve(form, recordForm.properties.fields.items);
  const frame = fieldsOf(form).filter((field) => FRAME.has(field.name));
  const others = seen.problems.filter((problem) => !seen.lines.some((line) => line.problem?.place === problem.place && line.problem?.code === problem.code));
  return (
    <Panel.Provider value={state}>
      <Dialog title={title} onClose={onClose} size="full">
        <div className="l-editor">
          <SampleBar sampled={sampled} urls={urls} isReadOnly={isReadOnly} onGuess={guess} history={history} onUndo={() => step(undone(history))} onRedo={() => step(redone(history))} />
          <details className="p-fold"><summary>How the file is written <span className="p-fold-words">{frameWords(options)}</span></summary><div className="p-fold-body l-frame">{frame.map((field) => <FieldView key={field.name} field={field} path={[...path, field.name]} />)}</div></details>
          {sampled.message && <p className="p-problem is-bad" role="alert"><Icon name="octagon-alert" size={14} /> {sampled.message}</p>}
          <RecordTabs records={records} counts={groups.map(({ length }) => length)} current={place} hasSample={seen.lines.length > 0} isReadOnly={isReadOnly} onOpen={open} onAdd={() => { edit(withRecord(options), "Add a record type"); open(records.length); }} />
          <div id="l-record" role="tabpanel" aria-label={record?.name ?? "Lines of no record type"}>
            {record && <RecordForm record={record} form={recordForm} root={form} path={[...path, "records", place]} isReadOnly={isReadOnly} onName={(name) => edit(recordChanged(options, place, { name }), "Rename the record type", `${place}.name`)}
              onRole={(role) => edit(recordChanged(options, place, { role: role === "item" ? undefined : role }), "Change the part")} onRemove={() => { edit({ ...options, records: records.toSpliced(place, 1) }, "Remove a record type"); open(0); }} />}
            {!record && loose.length > 0 && (
              <div className="l-loose">
                <p>{records.length ? "These lines are of no record type yet." : "Drag over the characters by which the kinds of lines are told apart, such as the first two."}</p>
                <span className="p-buttons">
                  <button type="button" className="btn btn-sm btn-primary" disabled={!range || isReadOnly} onClick={() => { if (range) edit(toldApart(options, seen.lines, Math.min(range.from, range.to), Math.abs(range.to - range.from) + 1), "Tell record types apart"); open(records.length); }}><Icon name="list-tree" size={14} /> {range ? `Tell lines apart by columns ${Math.min(range.from, range.to)} to ${Math.max(range.from, range.to)}` : "Tell lines apart by …"}</button>
                  {!records.length && <button type="button" className="btn btn-sm" disabled={isReadOnly} onClick={() => edit(withRecord(options), "Add a record type")}>All lines are alike</button>}
                </span>
              </div>
            )}
            {lines.length > 0 && <Ruler lines={lines.slice(0, LINES_SHOWN)} width={width} record={record} chosen={chosen.index} range={range} isReadOnly={isReadOnly} onRange={setRange} onDraw={(drawn) => record && take(withField(record, drawn.from, drawn.to, width), "Add a field")} onCut={cut}
              onEdge={(index, edge, column) => record && setRecord(edgeMoved(record, index, edge, column), "Move an edge", `${index}.${edge}`)} onChoose={(index) => setChosen({ index, fresh: "" })} onRemove={(index) => record && setRecord({ ...record, fields: record.fields.toSpliced(index, 1) }, "Remove a field")} />}
            {!lines.length && record && seen.lines.length > 0 && <p className="p-none">No line of the sample is of this record type.</p>}
            {record && !isReadOnly && lines.length > 0 && <p className="p-hint">Drag over columns to make a field. Click a field to choose it and drag its edges; double-click cuts it in two, or fills free columns.</p>}
            {record && <FieldRows record={record} form={fieldForm} root={form} path={[...path, "records", place, "fields"]} chosen={chosen.index} fresh={chosen.fresh} onChoose={(index) => setChosen({ index, fresh: "" })} onChange={setRecord} />}
            {record && !isReadOnly && <button type="button" className="btn btn-sm" onClick={add}><Icon name="plus" size={14} /> Add a field</button>}
            {record && record.fields.length > 0 && lines.length > 0 && seen.isRead && <section className="l-part" aria-label="As it is read"><h3>As it is read</h3><Decoded lines={lines} record={record} /></section>}
          </div>
          <Checks options={options} path={path} onChange={edit} />
          {others.length > 0 && <section className="l-part" aria-label="Problems of the whole file"><h3>Problems of the whole file</h3>{others.map((problem, index) => <Fault key={index} problem={problem} />)}</section>}
          {seen.isRead && !others.length && !seen.lines.some(({ problem }) => problem) && <p className="l-good" role="status"><Icon name="circle-check" size={16} /> {`Every line of the sample is read${seen.isCut ? ", as far as it is shown" : ""}.`}</p>}
          <div className="x-dialog-actions"><button type="button" className="btn btn-primary" onClick={onClose}>Done</button></div>
        </div>
      </Dialog>
    </Panel.Provider>
  );
}

/** @param {{ sampled: ReturnType<typeof useSample>, urls: Record<string, string>, isReadOnly: boolean, onGuess: () => void, history: import("../../history.js").History<any>, onUndo: () => void, onRedo: () => void }} props */
function SampleBar({ sampled, urls, isReadOnly, onGuess, history, onUndo, onRedo }) {
  const [isAdding, setAdding] = useState(false);
  const { samples, sample, choose, load } = sampled;
  return (
    <div className="l-bar">
      {urls.samples && <>
        <label htmlFor="l-sample">Sample</label>
        <select id="l-sample" className="form-select form-select-sm" value={sample?.id ?? ""} disabled={!samples?.length} onChange={(event) => choose(event.target.value)}>
          {!samples?.length && <option value="">{samples ? "No sample yet" : "Loading …"}</option>}
          {samples?.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
        </select>
        <button type="button" className="btn btn-sm" onClick={() => setAdding(true)}><Icon name="plus" size={14} /> New sample</button>
        {!isReadOnly && <button type="button" className="btn btn-sm" disabled={!sample} onClick={onGuess}><Icon name="wand-sparkles" size={14} /> Guess the layout</button>}
      </>}
      <span className="l-space" />
      {!isReadOnly && <>
        <button type="button" className="x-icon-btn" aria-label="Undo" title="Undo" disabled={!history.past.length} onClick={onUndo}><Icon name="undo-2" /></button>
        <button type="button" className="x-icon-btn" aria-label="Redo" title="Redo" disabled={!history.future.length} onClick={onRedo}><Icon name="redo-2" /></button>
      </>}
      {isAdding && <NewSample urls={urls} close={() => setAdding(false)} made={(made) => { setAdding(false); load(made.id); }} />}
      {samples?.length === 0 && <p className="p-hint l-first">Paste or upload a file to draw its layout over it. Without one, add record types and fields below and type where they stand.</p>}
    </div>
  );
}

/** @param {Options} options */
const frameWords = (options) => `${options.encoding ?? "ascii"}, ${{ lf: "lines", crlf: "lines of Windows (CRLF)", none: "without line ends" }[/** @type {"lf" | "crlf" | "none"} */ (options.line_end ?? "lf")]}`;
