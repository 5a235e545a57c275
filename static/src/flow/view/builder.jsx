/** The builder: one island with one document. Canvas, outline, panel and test draw the same editor. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { parse } from "../../server/exact_json.js";
import { Refused, ask } from "../../server/ask.js";
import { ERROR, edgeFrom, edgeId, isTrigger, nameOf, stepOf } from "../document.js";
import { Editor } from "../editor.js";
import { actionOf, stride } from "../keys.js";
import { Live } from "../live.js";
import { portWord } from "../outline.js";
import { entriesOf } from "../palette.js";
import { readPlace } from "../places.js";
import { follow } from "../presence.js";
import { targetsFor } from "../rules.js";
import { Saver } from "../saver.js";
import { iterationAt, marksOf, outputsOf, scopeAt, withPart } from "../trial.js";
import { Canvas } from "./canvas.jsx";
import { BuilderContext, useEditorState } from "./context.js";
import { KeyList } from "./key_list.jsx";
import { MappingDialog } from "./mapping_dialog.jsx";
import { MergeView } from "./merge_view.jsx";
import { Choices, Popover } from "./menu.jsx";
import { OutlineView } from "./outline_view.jsx";
import { usePins } from "./pins.js";
import { Palette } from "./palette.jsx";
import { Panel } from "./panel.jsx";
import { Problems } from "./problems.jsx";
import { Publish } from "./publish.jsx";
import { SettingsDialog } from "./settings.jsx";
import { TestDrawer } from "./test_drawer.jsx";
import { Toolbar } from "./toolbar.jsx";
import { useOverlay } from "./overlay.js";
import { OverlayBar } from "./overlay_bar.jsx";

const NARROW = "(max-width: 56rem)";

/** @param {any} props what `web/builder/shown.py` gives */
export function Builder(props) {
  const shared = useMemo(() => {
    const editor = new Editor({ ...props, isReadOnly: !props.may.edit });
    const connectors = new Map(props.connectors.map((/** @type {any} */ connector) => [connector.key, connector]));
    return { editor, connectors, live: new Live(), tried: new Live(), others: new Live(), near: new Live() };
  }, [props]);
  const acts = useRef(/** @type {Record<string, (argument?: any) => void>} */ ({}));
  const act = useCallback((/** @type {string} */ action, /** @type {any} */ argument) => acts.current[action]?.(argument), []);
  const value = useMemo(() => ({ ...shared, act }), [shared, act]);
  return <BuilderContext value={value}><Bench props={props} acts={acts} shared={value} /></BuilderContext>;
}

/**
 * @param {{ props: any, acts: { current: Record<string, (argument?: any) => void> }, shared: import("./context.js").Shared }} given
 */
function Bench({ props, acts, shared }) {
  const { editor } = shared;
  const state = useEditorState();
  const { urls, may } = props;
  const [flow, setFlow] = useState(props.flow);
  const [connections, setConnections] = useState(props.connections);
  const [view, setView] = useState(matchMedia(NARROW).matches ? "outline" : "canvas");
  const [menu, setMenu] = useState(/** @type {any} */ (null));
  const [dialog, setDialog] = useState("");
  const [isTesting, setTesting] = useState(false);
  const [mapping, setMapping] = useState(/** @type {{ step: string, field: string } | null} */ (null));
  const [theirs, setTheirs] = useState(/** @type {import("../saver.js").Stored | null} */ (null));
  const [people, setPeople] = useState(/** @type {string[]} */ ([]));
  const camera = useRef(/** @type {any} */ ({}));
  const entries = useMemo(() => entriesOf(props.kinds, props.connectors, connections), [props.kinds, props.connectors, connections]);
  const saver = useSaver(editor, props, setTheirs);
  const presence = usePresence(shared, urls, saver, setPeople);
  const trial = useTrial(editor, urls, shared.tried);
  const say = useCallback((/** @type {string} */ words) => editor.say(words), [editor]);
  const pins = usePins(urls.pins, may.try, say);
  const overlay = useOverlay(urls, shared.live, shared.tried);
  const close = useCallback(() => setMenu(null), []);
  useEffect(() => presence.current?.at(state.open), [presence, state.open]);

  /** @param {any} problem */
  const goTo = (problem) => {
    const { step, edge } = readPlace(problem.place);
    const key = step || (edge === null ? "" : (state.history.present.edges[edge]?.source ?? ""));
    setMenu(null);
    setDialog("");
    if (!stepOf(editor.flow, key)) return problem.place.startsWith("settings") ? setDialog("settings") : undefined;
    camera.current.show?.(key);
    if (step) editor.openPanel(key);
    else editor.select([key]);
    return undefined;
  };
  /** @param {any} where */
  const addMenu = (where) => setMenu({ kind: "add", ...where });
  const centre = () => camera.current.centre?.() ?? [0, 0];
  const only = () => (state.selected.size === 1 ? stepOf(editor.flow, [...state.selected][0]) : undefined);

  acts.current = {
    addBehind: ({ source, port, at, point, position }) => addMenu({ at: point ?? at, behind: { source, port }, position }),
    addInto: ({ edge, at }) => addMenu({ at, into: edge }),
    addAfter: ({ key, at }) => {
      const step = stepOf(editor.flow, key);
      const port = step && editor.portsOf(step).find((name) => !edgeFrom(editor.flow, key, name));
      if (port) addMenu({ at, behind: { source: key, port } });
    },
    add: () => addMenu({ at: elementOf(only()?.key) }),
    drop: ({ offer, at, into }) => editor.add(offer, { at, into }),
    connect: (edge) => {
      const reason = editor.connect(edge);
      if (reason) setMenu({ kind: "told", words: reason });
    },
    connectMenu: ({ key, at }) => setMenu({ kind: "connect", key, at }),
    clicked: () => {
      if (state.edge) editor.set({ edge: "" });
    },
    edgesChanged: (changes) => {
      const chosen = changes.findLast((/** @type {any} */ change) => change.type === "select" && change.selected);
      if (chosen) editor.set({ edge: chosen.id });
      else if (changes.some((/** @type {any} */ change) => change.type === "select" && change.id === state.edge)) editor.set({ edge: "" });
    },
    select: (key) => {
      const step = only();
      if (typeof key === "string") editor.openPanel(key);
      else if (step) editor.openPanel(step.key);
    },
    move: (event) => editor.nudge(...stride(event)),
    remove: () => {
      const edge = editor.flow.edges.find((found) => edgeId(found) === state.edge);
      if (edge && !state.selected.size) editor.disconnect([edge]);
      else editor.remove();
    },
    duplicate: () => editor.duplicate(),
    selectAll: () => editor.select([...editor.flow.steps, ...(editor.flow.notes ?? [])].map((thing) => thing.key)),
    undo: () => editor.undo(),
    redo: () => editor.redo(),
    tidy: () => {
      editor.tidy();
      requestAnimationFrame(() => camera.current.fit?.());
    },
    toggleOff: () => editor.toggleOff(),
    group: () => editor.group(),
    note: () => editor.addNote(centre()),
    outline: () => setView(view === "outline" ? "canvas" : "outline"),
    nextProblem: () => {
      const found = state.problems.filter((problem) => readPlace(problem.place).step);
      const at = found.findIndex((problem) => readPlace(problem.place).step === state.open);
      if (found.length) goTo(found[(at + 1) % found.length]);
      else editor.say("There are no problems.");
    },
    fit: () => camera.current.fit?.(),
    zoomIn: () => camera.current.zoomIn?.(),
    zoomOut: () => camera.current.zoomOut?.(),
    test: () => may.try && setTesting(!isTesting),
    live: () => overlay.toggle(),
    publish: () => setDialog("publish"),
    settings: () => setDialog("settings"),
    more: () => setDialog("keys"),
    problems: (at) => setMenu({ kind: "problems", at }),
    saving: () => (theirs ? setDialog("merge") : saver.flush()),
    escape: () => {
      if (state.open) editor.openPanel("");
      else editor.select([]);
    },
  };

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    if (target !== document.body && !target.closest(".b-bench")) return undefined;
    if (event.defaultPrevented || target.closest("input, textarea, select, [contenteditable], dialog, .b-panel, .b-drawer, .b-palette")) return undefined;
    const action = actionOf(event);
    if (!action) return undefined;
    const focused = target.closest(".react-flow__node")?.getAttribute("data-id") ?? target.closest(".b-line")?.getAttribute("data-step");
    if (action === "select") {
      if (target.matches("button, a")) return undefined;
      if (focused && !(state.selected.size === 1 && state.selected.has(focused))) return editor.select([focused]);
    } else if (focused && state.selected.size === 0 && stepOf(editor.flow, focused)) editor.select([focused]);
    if (action === "connect") {
      const step = stepOf(editor.flow, focused ?? "") ?? only();
      if (step) setMenu({ kind: "connect", key: step.key, at: elementOf(step.key) });
    } else acts.current[action]?.(event);
    if (action !== "escape") event.preventDefault();
    return undefined;
  };
  useKeys(onKeyDown);
  useClipboard(editor);

  return (
    <div className={`b-bench${state.open ? " has-panel" : ""}${isTesting ? " has-drawer" : ""}`}>
      <Toolbar flow={flow} view={view} isLive={overlay.isOn} people={people} canTest={may.try} canPublish={may.publish} />
      {may.edit && view === "canvas" && <aside className="b-palette" aria-label="Steps to add"><Palette entries={entries} add={(offer) => editor.add(offer, { centre: centre() })} /></aside>}
      <div className="b-stage">
        {overlay.isOn && <OverlayBar overlay={overlay} />}
        {view === "canvas" ? <Canvas register={(tools) => { camera.current = tools; }} /> : (
          <div className="b-outline-page">
            {may.edit && <button type="button" className="btn" onClick={(event) => addMenu({ at: event.currentTarget })}><svg className="x-icon" width="16" height="16" aria-hidden="true"><use href="#i-plus" /></svg>Add a step</button>}
            <OutlineView />
          </div>
        )}
        {!state.history.present.steps.length && view === "canvas" && <div className="b-hint"><strong>Begin with a start</strong><p>Drag “Webhook”, “File upload” or “Schedule” from the left, or press A.</p></div>}
      </div>
      {state.open && stepOf(state.history.present, state.open) && (
        <Panel key={state.open} props={props} connections={connections} setConnections={setConnections} trial={trial} pins={pins} openMapper={(field) => setMapping({ step: state.open, field })} />
      )}
      {isTesting && <TestDrawer urls={urls} may={may} {...trial} close={() => setTesting(false)} />}
      {menu?.kind === "add" && (
        <Popover at={menu.at} label="Add a step" close={close}>
          <Palette entries={entries} autoFocus draggable={false} filter={menu.behind || menu.into ? isNoTrigger : undefined} add={(offer) => {
            setMenu(null);
            const key = editor.add(offer, { behind: menu.behind, into: menu.into, centre: centre() });
            if (menu.position) editor.move({ [key]: [menu.position.x, menu.position.y] });
            camera.current.focus?.(key);
          }} />
        </Popover>
      )}
      {menu?.kind === "connect" && <ConnectMenu editor={editor} at={menu.at} source={menu.key} close={close} />}
      {menu?.kind === "problems" && <Popover at={menu.at} label="Problems" close={close}><Problems problems={state.problems} flow={state.history.present} go={goTo} /></Popover>}
      {menu?.kind === "told" && <Popover at={null} label="Not possible" close={close}><div className="b-choices"><p>{menu.words}</p><button type="button" className="btn" onClick={close}>Close</button></div></Popover>}
      {mapping && <MappingDialog {...mapping} urls={props.mapper_urls} may={may} values={{ ...trial.scopeAt(mapping.step), ...pins.values }} sampleName={trial.trial ? "the last test" : ""} close={() => setMapping(null)} />}
      {dialog === "publish" && <Publish urls={urls} flush={() => saver.flush()} close={() => setDialog("")} go={goTo} done={(answer) => { setFlow({ ...flow, version: answer.version, enabled: answer.enabled }); setDialog(""); editor.say(`Version ${answer.version} runs from now on.`); announce(`Version ${answer.version} runs from now on.`); overlay.restart(); }} />}
      {dialog === "settings" && <SettingsDialog form={props.settings_form} urls={urls} close={() => setDialog("")} />}
      {dialog === "keys" && <KeyList urls={urls} close={() => setDialog("")} />}
      {dialog === "merge" && theirs && <MergeView base={saver.stored.definition} mine={editor.flow} theirs={theirs.definition} close={() => setDialog("")} settle={(definition, label) => { editor.edit(label, definition); saver.takeOver(theirs); saver.want(editor.flow); setTheirs(null); setDialog(""); }} />}
      <div className="x-sr" role="status" aria-live="polite">{state.said}</div>
    </div>
  );
}

/** @param {import("../palette.js").Entry} entry */
const isNoTrigger = (entry) => !isTrigger(entry.offer);

/** @param {string | undefined} key */
const elementOf = (key) => (key ? document.querySelector(`.react-flow__node[data-id="${CSS.escape(key)}"], .b-line[data-step="${CSS.escape(key)}"]`) : null);

/** A word that stays for a moment on the page. @param {string} text */
const announce = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "ok" } }));

/** Choose a port, then where it leads: only what is allowed. @param {{ editor: Editor, at: Element | null, source: string, close: () => void }} props */
function ConnectMenu({ editor, at, source, close }) {
  const step = stepOf(editor.flow, source);
  const ports = step ? editor.portsOf(step) : [];
  const [port, setPort] = useState(ports.length === 2 ? ports[0] : "");
  if (!step) return null;
  const led = edgeFrom(editor.flow, source, port);
  return (
    <Popover at={at} label={`Connect ${nameOf(step)}`} close={close}>
      {port ? (
        <>
          <Choices title={`${nameOf(step)}${portWord(port) ? `, ${portWord(port)}` : ""}: leads to`} empty="There is no step that it may lead to." choices={targetsFor(editor.flow, source, port).map((target) => ({ id: target.key, words: nameOf(target) }))}
            choose={(target) => { editor.connect({ source, port, target }); close(); }} />
          <div className="b-choices">
            {led && <button type="button" className="btn btn-sm" onClick={() => { editor.disconnect([led]); close(); }}>Disconnect</button>}
            <button type="button" className="btn btn-sm" onClick={() => setPort("")}>Another way out</button>
          </div>
        </>
      ) : (
        <Choices title={`Ways out of ${nameOf(step)}`} empty="" choices={ports.map((name) => ({ id: name, words: name === ERROR ? "On error" : portWord(name) || "Next", note: edgeFrom(editor.flow, source, name) ? "leads somewhere" : undefined }))} choose={setPort} />
      )}
    </Popover>
  );
}

/**
 * Saves the draft by itself, and checks it after each save; a definition that cannot be saved is checked too.
 * @param {Editor} editor @param {any} props @param {(theirs: import("../saver.js").Stored) => void} conflict
 * @returns {Saver}
 */
function useSaver(editor, props, conflict) {
  const saver = useMemo(() => new Saver({
    stored: { revision: props.revision, definition: editor.flow },
    send: (stored) => ask("PUT", props.urls.draft, stored),
    timers: { setTimeout: (call, ms) => setTimeout(call, ms), clearTimeout: (id) => clearTimeout(id) },
    told: (saving) => editor.set({ saving }),
    saved: ({ problems, ports }) => editor.set({ problems, ports }),
    conflict,
  }), [editor, props, conflict]);
  useEffect(() => {
    const unsubscribe = editor.subscribe(() => saver.want(editor.flow));
    const leaving = (/** @type {BeforeUnloadEvent} */ event) => {
      if (!saver.isDirty) return;
      saver.flush();
      event.preventDefault();
    };
    addEventListener("beforeunload", leaving);
    return () => {
      unsubscribe();
      removeEventListener("beforeunload", leaving);
    };
  }, [editor, saver]);
  return saver;
}

/**
 * Tells who else is here. A draft saved elsewhere is loaded at once where nothing is unsaved here.
 * @param {import("./context.js").Shared} shared @param {Record<string, string>} urls @param {Saver} saver @param {(names: string[]) => void} setPeople
 */
function usePresence(shared, { socket: url, draft: draftUrl }, saver, setPeople) {
  const presence = useRef(/** @type {ReturnType<typeof follow> | null} */ (null));
  useEffect(() => {
    presence.current = follow({
      url,
      people: (people) => {
        setPeople([...new Set(people.map((person) => person.label))]);
        /** @type {Record<string, string[]>} */
        const at = {};
        for (const person of people) if (person.step) (at[person.step] ??= []).push(person.label);
        shared.others.replace(at);
      },
      saved: ({ revision }) => {
        if (revision <= saver.stored.revision || saver.isDirty) return;
        ask("GET", draftUrl).then((draft) => {
          if (saver.isDirty || draft.revision <= saver.stored.revision) return;
          saver.takeOver({ revision: draft.revision, definition: draft.definition });
          shared.editor.reload(draft);
        }).catch(() => {});
      },
    });
    return () => presence.current?.stop();
  }, [shared, url, draftUrl, saver, setPeople]);
  return presence;
}

/** Keys reach the builder also when nothing has the focus: after a step that had it was removed. @param {(event: KeyboardEvent) => void} onKeyDown */
function useKeys(onKeyDown) {
  const last = useRef(onKeyDown);
  useEffect(() => {
    last.current = onKeyDown;
  });
  useEffect(() => {
    const hear = (/** @type {KeyboardEvent} */ event) => last.current(event);
    document.addEventListener("keydown", hear);
    return () => document.removeEventListener("keydown", hear);
  }, []);
}

/** Copying, cutting and pasting, while no field has the focus. @param {Editor} editor */
function useClipboard(editor) {
  useEffect(() => {
    const isOurs = () => !document.activeElement?.closest("input, textarea, select, dialog, .b-panel, .b-drawer") && !getSelection()?.toString();
    const copy = (/** @type {ClipboardEvent} */ event) => {
      const text = isOurs() ? editor.copied() : "";
      if (!text) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      if (event.type === "cut") editor.remove();
      else editor.say("Copied");
    };
    const paste = (/** @type {ClipboardEvent} */ event) => {
      if (isOurs() && editor.paste(event.clipboardData?.getData("text/plain") ?? "", parse)) event.preventDefault();
    };
    document.addEventListener("copy", copy);
    document.addEventListener("cut", copy);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", copy);
      document.removeEventListener("paste", paste);
    };
  }, [editor]);
}

/**
 * Test runs of the draft as it stands in the editor.
 * @param {Editor} editor @param {Record<string, string>} urls @param {Live<any>} tried
 */
function useTrial(editor, urls, tried) {
  const [trial, setTrial] = useState(/** @type {import("../trial.js").Trial | null} */ (null));
  const [outputs, setOutputs] = useState(/** @type {Record<string, any>} */ ({}));
  const [entered, setEntered] = useState(/** @type {Record<string, any>} */ ({}));
  const [running, setRunning] = useState(false);
  const [refused, setRefused] = useState(/** @type {Refused | null} */ (null));
  const [sample, setSample] = useState("");
  const run = useCallback(async (/** @type {{ until?: string, only?: string }} */ also = {}) => {
    setRunning(true);
    setRefused(null);
    try {
      const found = await ask("POST", urls.try, { definition: editor.flow, ...(sample ? { sample } : {}), ...(also.only ? { scope: scopeAt(editor.flow, also.only, outputs, entered), iteration: iterationAt(editor.flow, also.only, entered) } : {}), ...also });
      setTrial((before) => (also.only && before ? withPart(before, found) : found));
      setOutputs((before) => ({ ...before, ...outputsOf(found) }));
      setEntered((before) => ({ ...before, ...found.entered }));
    } catch (failure) {
      setRefused(/** @type {Refused} */ (failure));
    } finally {
      setRunning(false);
    }
  }, [editor, urls, sample, outputs, entered]);
  useEffect(() => tried.replace(marksOf(trial)), [trial, tried]);
  const scopeOf = (/** @type {string} */ key) => scopeAt(editor.flow, key, outputs, entered);
  return { trial, outputs, scopeAt: scopeOf, running, refused, sample, setSample, run };
}
