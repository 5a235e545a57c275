/** The panel of one step: its input sample, its settings, its output sample; columns where there is room, tabs where there is not. */
import { useEffect, useMemo, useRef, useState } from "react";
import { Icon } from "../../icon.jsx";
import { useFunctions } from "../../expression/view/context.jsx";
import { callWords } from "../policy_words.js";
import { unplaced } from "../problems.js";
import { fieldsOf } from "../schema.js";
import { put, without } from "../values.js";
import { CallForm, isOfCall } from "./call.jsx";
import { Panel } from "./context.jsx";
import { FieldView } from "./field_view.jsx";
import { Result } from "./result.jsx";
import { Sample } from "./sample.jsx";
import { ScheduleForm } from "./schedule.jsx";
import { Problems } from "./shell.jsx";

/** @import { Connection, Connector, PanelState } from "./context.jsx" */
/** @import { Problem } from "../problems.js" */
/** @import { Trial } from "./result.jsx" */
/**
 * @typedef {{ key: string, kind: string, title: string, config: any }} Step
 * @typedef {{
 *   step: Step, kind: { kind: string, title: string, summary: string, effect: string, icon: string, tone: string, form: any },
 *   connectors: Connector[], connections: Connection[], problems: Problem[], scope: { schema: any, values: any },
 *   steps: { key: string, title: string, icon?: string, tone?: string }[], trial: Trial | null, isTrying?: boolean, pinned?: any, may: { edit: boolean, try?: boolean }, urls: Record<string, string>,
 *   flowRetry?: any[], onChange: (config: any, label: string) => void, onTitle: (title: string) => void, onTest?: () => void,
 *   onOpenMapper: (field: string) => void, onPin?: (value: any) => void, onConnection?: (made: Connection) => void, onClose: () => void,
 * }} Props  pinned: the output that stands for the step in tests, undefined for none
 */

const NO_PAUSES = [0.1, 0.5, 2];
const TABS = /** @type {const} */ ([["input", "Input"], ["settings", "Settings"], ["output", "Output"]]);

/** @param {Props} props */
export function StepPanel(props) {
  const { step, kind, problems, scope, steps, may, urls, onClose } = props;
  const [tab, setTab] = useState(/** @type {"input" | "settings" | "output"} */ ("settings"));
  const heading = useRef(/** @type {HTMLInputElement | null} */ (null));
  const titles = useMemo(() => Object.fromEntries(steps.map(({ key, title }) => [key, title || key])), [steps]);
  const state = usePanelState(props, titles);
  useEffect(() => setTab("settings"), [step.key]);
  const shown = { input: <Sample label="Input sample" schema={scope.schema} value={scope.values} titles={titles} isDraggable empty="There is no earlier data. Test the steps before this one." />, settings: <Settings {...props} />, output: <Result {...props} /> };
  return (
    <Panel.Provider value={state}>
      <section className={`p-panel is-${tab}`} aria-label={`Step ${step.title || kind.title}`} onKeyDown={(event) => { if (event.key === "Escape" && !event.defaultPrevented) { event.stopPropagation(); onClose(); } }}>
        <header className="p-head">
          <span className={`p-mark x-tone-${kind.tone}`}><Icon name={kind.icon} size={18} /></span>
          <div className="p-head-words">
            <input ref={heading} className="p-title" aria-label="Title of the step" value={step.title} placeholder={kind.title} readOnly={!may.edit} maxLength={120} onChange={(event) => props.onTitle(event.target.value)} />
            <span className="p-kind">{kind.title} · <code>{step.key}</code></span>
          </div>
          <button type="button" className="x-icon-btn" aria-label="Close the panel" onClick={onClose}><Icon name="x" /></button>
        </header>
        <div className="p-tabs" role="tablist" aria-label="Parts of the step">
          {TABS.map(([key, word]) => <button key={key} type="button" role="tab" id={`p-tab-${key}`} aria-selected={tab === key} aria-controls={`p-part-${key}`} tabIndex={tab === key ? 0 : -1} onClick={() => setTab(key)} onKeyDown={(event) => walkTabs(event, key, setTab)}>{word}{key === "settings" && problems.length > 0 && <span className="p-count" aria-label={`${problems.length} problems`}>{problems.length}</span>}</button>)}
        </div>
        <div className="p-columns">
          {TABS.map(([key, word]) => (
            <div key={key} className={`p-column is-${key} ${tab === key ? "is-current" : ""}`} id={`p-part-${key}`} role="tabpanel" aria-labelledby={`p-tab-${key}`}>
              <h2 className="p-column-title">{key === "settings" ? word : `${word} sample`}</h2>
              {shown[key]}
            </div>
          ))}
        </div>
      </section>
    </Panel.Provider>
  );
}

/** @param {import("react").KeyboardEvent} event @param {string} key @param {(key: "input" | "settings" | "output") => void} choose */
function walkTabs(event, key, choose) {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (!by) return;
  event.preventDefault();
  const index = TABS.findIndex(([one]) => one === key);
  const next = TABS[(index + by + TABS.length) % TABS.length][0];
  choose(next);
  document.getElementById(`p-tab-${next}`)?.focus();
}

/** @param {Props} props @param {Record<string, string>} titles @returns {PanelState} */
function usePanelState(props, titles) {
  const { step, kind, problems, scope, connectors, connections, may, urls, flowRetry = NO_PAUSES, onChange, onOpenMapper, onConnection } = props;
  const functions = useFunctions(urls.functions);
  const [own, setOwn] = useState(/** @type {Connection[]} */ ([]));
  return useMemo(() => ({
    config: step.config ?? {},
    root: kind.form,
    kind: step.kind,
    problems,
    isReadOnly: !may.edit,
    urls,
    functions,
    scope,
    titles,
    connectors,
    connections: [...connections, ...own.filter((one) => !connections.some(({ id }) => id === one.id))],
    flowRetry,
    change: (path, value, title) => onChange(put(step.config ?? {}, path, value), `Change ${title.toLowerCase()}`),
    clear: (path, title) => onChange(without(step.config ?? {}, path), `Empty ${title.toLowerCase()}`),
    setConfig: (config, title) => onChange(config, `Change ${title.toLowerCase()}`),
    openMapper: onOpenMapper,
    onConnection: (made) => {
      setOwn((before) => [...before, made]);
      onConnection?.(made);
    },
  }), [step, kind, problems, scope, titles, connectors, connections, own, may.edit, urls, functions, flowRetry, onChange, onOpenMapper, onConnection]);
}

/** @param {Props} props */
function Settings({ step, kind, problems, flowRetry = NO_PAUSES }) {
  const fields = useMemo(() => fieldsOf(kind.form), [kind.form]);
  const isCall = step.kind === "call";
  const isSchedule = step.kind === "schedule_trigger";
  const main = isSchedule ? [] : fields.filter((field) => !field.advanced && !(isCall && isOfCall(field)));
  const advanced = fields.filter((field) => field.advanced && !(isCall && isOfCall(field)));
  const hasProblem = advanced.some((field) => problems.some(({ place }) => place.includes(`config.${field.name}`)));
  return (
    <div className="p-settings">
      <p className="p-hint">{kind.summary}</p>
      <Problems problems={unplaced(problems, fields)} />
      {isCall && <CallForm form={kind.form} />}
      {isSchedule && <ScheduleForm form={kind.form} />}
      {main.map((field) => <FieldView key={field.name} field={field} path={[field.name]} />)}
      {fields.length === 0 && <p className="p-none">This step has no settings.</p>}
      {advanced.length > 0 && (
        <details className="p-fold" open={hasProblem || undefined}>
          <summary>Advanced <span className="p-fold-words">{kind.effect === "call" ? callWords(step.config ?? {}, flowRetry) : advancedWords(step.config ?? {}, advanced)}</span></summary>
          <div className="p-fold-body">{advanced.map((field) => <FieldView key={field.name} field={field} path={[field.name]} />)}</div>
        </details>
      )}
      <RawConfig config={step.config ?? {}} />
    </div>
  );
}

/** @param {any} config @param {import("../schema.js").Field[]} fields */
function advancedWords(config, fields) {
  const set = fields.filter((field) => config[field.name] !== undefined && config[field.name] !== null).map((field) => field.title.toLowerCase());
  return set.length ? `changed: ${set.join(", ")}` : "as usual";
}

/** @param {{ config: any }} props */
function RawConfig({ config }) {
  const [isCopied, setCopied] = useState(false);
  const text = JSON.stringify(config, null, 2);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true), () => setCopied(false));
  return (
    <details className="p-fold" onToggle={() => setCopied(false)}>
      <summary>As JSON <span className="p-fold-words">to look at and to copy</span></summary>
      <div className="p-fold-body">
        <button type="button" className="btn btn-sm" onClick={copy}><Icon name={isCopied ? "check" : "copy"} size={14} /> {isCopied ? "Copied" : "Copy"}</button>
        <pre className="p-json" tabIndex={0} aria-label="Settings as JSON">{text}</pre>
      </div>
    </details>
  );
}
