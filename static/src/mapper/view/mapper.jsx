/**
 * The field mapper: the data before a step on the left, what is made on the right, lines between, the output of a sample below.
 *
 * @import { Urls } from "../asking.js"
 * @import { Plan } from "../reading.js"
 * @import { Path } from "../tree.js"
 * @typedef {import("../tree.js").Node} TreeNode
 */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useFunctions } from "../../expression/view/context.jsx";
import { Icon } from "../../icon.jsx";
import { removeLet, setLet } from "../commands.js";
import { connected, refusal } from "../connecting.js";
import { chipsOf, freeLet } from "../editing.js";
import { askSuggestions } from "../asking.js";
import { filled, findings } from "../problems.js";
import { resolved } from "../reading.js";
import { brief, generated, seen, withDocument } from "../sampling.js";
import { accepted, acceptedAll, idOf, open as openSuggestions } from "../suggested.js";
import { LET, Tree, openedAtFirst, rowsOf } from "../tree.js";
import { SampleChoice, TableChoice, TargetChoice } from "./choices.jsx";
import { Dialog } from "../../dialog.jsx";
import { LinesLayer } from "./lines_layer.jsx";
import { PickDialog } from "./pick_dialog.jsx";
import { NamedValues } from "./loop_detail.jsx";
import { RuleDetail } from "./rule_detail.jsx";
import { Findings, Output, Suggestions } from "./side_lists.jsx";
import { TextView } from "./text_view.jsx";
import { Toolbar } from "./toolbar.jsx";
import { TreePane } from "./tree_pane.jsx";
import { useDrag } from "./use_drag.jsx";
import { usePlan, useSame } from "./use_plan.jsx";
import { usePreview, useProblems, useSides } from "./use_server.jsx";

/** @type {Record<string, string>} */
const NO_TITLES = {};
const LARGE = 150_000;

/**
 * @param {{
 *   plan: Plan, onChange: (plan: Plan) => void, definition: any, step: string, urls: Urls, may: { edit: boolean, try: boolean },
 *   target: any, onTarget?: (target: any) => void, partner?: string, titles?: Record<string, string>,
 *   scope?: any, sampleName?: string, samples?: { id: string, name: string }[], sample?: string, onSample?: (id: string) => void,
 *   actions?: import("react").ReactNode, onClose?: () => void,
 * }} props  definition: of the flow, for what the steps before the step give; target: as MapTarget says it, null for none;
 *   onTarget: left out where the target is given by the step; scope: outputs of the steps before, by key; samples: that may be chosen by `onSample`
 */
export function Mapper({ plan: given, onChange, definition, step, urls, may, target, onTarget, partner = "", titles = NO_TITLES, scope: givenScope, sampleName = "", samples, sample, onSample, actions, onClose }) {
  const [said, say] = useState("");
  const { plan, entries, lines, byTarget, acts, canUndo, canRedo } = usePlan(given, onChange, say);
  const functions = useFunctions(urls.functions);
  const [own, setOwn] = useState(/** @type {{ scope: any, name: string } | null} */ (null));
  const scope = own?.scope ?? givenScope ?? null;
  const sides = useSides({ urls, definition, step, target, scope });
  const isReadOnly = !may.edit;

  const sourceTree = useMemo(() => {
    const extras = Object.keys(plan.let ?? {}).map((name) => ({ path: [LET, name], repeats: false }));
    const read = lines.filter((line) => line.source[0] !== LET).map((line) => ({ path: line.source, repeats: false }));
    return sides.source ? new Tree(withTitles(sides.source.tree, titles), [...read, ...extras, ...lines.filter((line) => line.source[0] === LET).map((line) => ({ path: line.source, repeats: false }))]) : null;
  }, [sides.source, JSON.stringify(plan.let), lines, titles]);
  const written = JSON.stringify(entries.map(({ target: path, kind }) => [path, kind]));
  const targetTree = useMemo(() => new Tree(sides.target?.tree ?? null, entries.filter(({ target: path }) => path.length).map(({ target: path, kind }) => ({ path, repeats: kind === "loop" }))), [sides.target, written]);

  const [opens, setOpens] = useState({ source: new Set(/** @type {string[]} */ ([])), target: new Set(/** @type {string[]} */ ([])) });
  useEffect(() => { if (sourceTree && sides.source) setOpens((before) => ({ ...before, source: new Set([...openedAtFirst(sourceTree), ...before.source]) })); }, [sides.source]);
  useEffect(() => setOpens((before) => ({ ...before, target: new Set([...openedAtFirst(targetTree), ...before.target]) })), [sides.target, written]);
  const [wanted, setWanted] = useState({ source: "", target: "" });
  const sourceRows = useMemo(() => (sourceTree ? rowsOf(sourceTree, opens.source, wanted.source) : []), [sourceTree, opens.source, wanted.source]);
  const targetRows = useMemo(() => rowsOf(targetTree, opens.target, wanted.target), [targetTree, opens.target, wanted.target]);
  const rowsNow = useRef({ source: sourceRows, target: targetRows });
  rowsNow.current = { source: sourceRows, target: targetRows };
  const [active, setActive] = useState({ source: "", target: "" });
  const [picked, setPicked] = useState(/** @type {{ side: "source" | "target", node: TreeNode } | null} */ (null));
  const [selected, setSelected] = useState("");
  const [hovered, setHovered] = useState("");
  const [ask, setAsk] = useState(/** @type {{ source: Path, target: Path, picks: import("../connecting.js").Pick[], list: string, of: Path } | null} */ (null));
  const [dialog, setDialog] = useState(/** @type {"" | "target" | "sample" | "text" | "table" | "field"} */ (""));
  const [dock, setDock] = useState(/** @type {"rule" | "todo" | "suggested" | "values"} */ ("rule"));
  const [tab, setTab] = useState(/** @type {"source" | "target" | "rule" | "output"} */ ("source"));
  const [suggestions, setSuggestions] = useState(/** @type {{ all: import("../suggested.js").Suggestion[] | null, isBusy: boolean, why: string, dismissed: Set<string> }} */ ({ all: null, isBusy: false, why: "", dismissed: new Set() }));
  const layer = useRef(/** @type {{ scrolled: (side: "source" | "target", view: any) => void } | null} */ (null));
  const wantsDetail = useRef(false);
  const whole = useRef(/** @type {HTMLDivElement | null} */ (null));

  const runnable = useMemo(() => ({ ...plan, rules: withRules(plan.rules) }), [plan]);
  const format = target?.format ?? "json";
  const preview = usePreview({ urls, plan: runnable, scope, input: sides.input, partner, format, options: target?.options ?? {}, may: may.try });
  const problems = useProblems({ urls, plan, source: sides.source?.key ?? "", target: sides.target?.key ?? "", again: sides.again });
  const todo = useMemo(() => findings(problems, entries), [problems, entries]);
  const failing = useMemo(() => findings(preview.preview?.problems ?? [], entries), [preview.preview, entries]);
  const count = useMemo(() => filled(targetTree, entries), [targetTree, entries]);
  const openSuggested = useMemo(() => (suggestions.all ? openSuggestions(suggestions.all, plan, suggestions.dismissed) : null), [suggestions, plan]);
  const trees = sourceTree ? { source: sourceTree, target: targetTree } : null;

  /** Move the focus before the next key comes: whoever types on at once means the other tree. */
  const focusTree = (/** @type {"source" | "target"} */ side) => {
    flushSync(() => setTab(side)); // on a phone only the tree of the tab is there
    /** @type {HTMLElement | null} */ (whole.current?.querySelector(`[data-m-tree=${side}]`))?.focus();
  };
  const reveal = useCallback((/** @type {"source" | "target"} */ side, /** @type {Path} */ path) => {
    const isShown = rowsNow.current[side].some((row) => row.node.id === JSON.stringify(path));
    setWanted((before) => (before[side] && !isShown ? { ...before, [side]: "" } : before));
    setOpens((before) => ({ ...before, [side]: new Set([...before[side], ...path.slice(0, -1).map((_, depth) => JSON.stringify(path.slice(0, depth + 1)))]) }));
    setActive((before) => ({ ...before, [side]: JSON.stringify(path) }));
  }, []);
  const select = useCallback((/** @type {Path} */ path) => {
    setSelected(JSON.stringify(path));
    setDock("rule");
    reveal("target", path);
  }, [reveal]);

  const onLine = useCallback((/** @type {import("../reading.js").Line} */ line) => {
    select(line.target);
    reveal("source", line.source);
  }, [select, reveal]);

  const draw = (/** @type {Path} */ source, /** @type {Path} */ to, /** @type {Partial<import("../connecting.js").Wish>} */ how = {}) => {
    setPicked(null);
    if (!trees || isReadOnly) return;
    const found = connected(plan, { source, target: to, ...how }, trees);
    if (found.kind === "ask") return setAsk({ source, target: to, ...found });
    if (found.kind === "refused") return say(found.why);
    setAsk(null);
    acts.set(() => found.plan);
    select(found.target);
    say(found.said);
  };
  const meet = (/** @type {"source" | "target"} */ side, /** @type {TreeNode} */ node) => {
    if (!picked || picked.side === side) return false;
    const [source, to] = side === "target" ? [picked.node, node] : [node, picked.node];
    const why = refusal(source, to);
    if (why) say(why);
    else draw(source.path, to.path);
    return true;
  };
  const pick = (/** @type {"source" | "target"} */ side, /** @type {TreeNode} */ node) => {
    if (isReadOnly) return undefined;
    if (picked?.node.id === node.id && picked.side === side) return setPicked(null);
    setPicked({ side, node });
    say(`“${node.told.name}” is picked up. Choose a field of the ${side === "source" ? "target" : "source"}, or press Escape.`);
    if (window.matchMedia("(max-width: 860px)").matches) setTab(side === "source" ? "target" : "source");
    return undefined;
  };
  const drag = useDrag((from, to) => {
    const [source, aim] = from.side === "source" ? [from.node, to.node] : [to.node, from.node];
    const why = refusal(source, aim);
    if (why) say(why);
    else draw(source.path, aim.path);
  }, (side, id) => (side === "source" ? sourceRows : targetRows).find((row) => row.node.id === id)?.node ?? null, isReadOnly);

  const removeAt = (/** @type {TreeNode} */ node) => {
    const last = byTarget.get(node.id)?.at(-1);
    if (last && !isReadOnly) acts.remove(last.place);
  };
  const keysOf = (/** @type {"source" | "target"} */ side) => (/** @type {import("react").KeyboardEvent} */ event, /** @type {TreeNode | null} */ node) => {
    if (event.key === "F6") { focusTree(side === "source" ? "target" : "source"); return true; }
    if (event.key === "Escape" && picked) { setPicked(null); say("Cancelled."); event.stopPropagation(); return true; }
    if (event.key === "/") { /** @type {HTMLElement | null} */ (whole.current?.querySelector(`[data-m-search=${side}]`))?.focus(); return true; }
    if (side === "target" && node && (event.key === "Delete" || event.key === "Backspace")) { removeAt(node); return true; }
    if (side === "target" && node && event.key === "F2") {
      select(node.path);
      setTab("rule");
      wantsDetail.current = true;
      return true;
    }
    return false;
  };
  // The detail of another field is drawn first: then its first function gets the focus.
  useEffect(() => {
    const place = wantsDetail.current ? /** @type {HTMLElement | null} */ (whole.current?.querySelector(".m-dock .p-add-function") ?? whole.current?.querySelector(".m-dock .m-nothing button")) : null;
    if (!place) return;
    wantsDetail.current = false;
    place.focus();
  });
  const latest = useRef({ meet, pick, select, keysOf, start: drag.start, draw });
  latest.current = { meet, pick, select, keysOf, start: drag.start, draw };
  const sideActs = useMemo(() => ({ source: actsOf("source"), target: actsOf("target") }), []);
  /** @param {"source" | "target"} side @returns {import("./tree_pane.jsx").Acts} */
  function actsOf(side) {
    return {
      onWanted: (text) => setWanted((before) => ({ ...before, [side]: text })),
      onActive: (id) => setActive((before) => ({ ...before, [side]: id })),
      onFold: (id, isOpen) => setOpens((before) => { const next = new Set(before[side]); if (isOpen) next.add(id); else next.delete(id); return { ...before, [side]: next }; }),
      onView: (view) => layer.current?.scrolled(side, view),
      onEnter: (node) => latest.current.meet(side, node) || latest.current.pick(side, node),
      onClick: (node) => { if (latest.current.meet(side, node)) return; if (side === "source") latest.current.pick(side, node); else latest.current.select(node.path); },
      onPort: (node) => latest.current.meet(side, node) || latest.current.pick(side, node),
      onKey: (event, node) => latest.current.keysOf(side)(event, node),
      onDrag: (event, node) => latest.current.start(event, side, node),
      onHover: setHovered,
    };
  }

  const from = picked ?? (drag.dragged ? { side: drag.dragged.side, node: drag.dragged.node } : null);
  const dimsOf = (/** @type {"source" | "target"} */ side) => (/** @type {TreeNode} */ node) => (from && from.side !== side ? (side === "target" ? refusal(from.node, node) : refusal(node, from.node)) : "");
  const used = useMemo(() => new Set(lines.map((line) => JSON.stringify(line.source))), [lines]);
  const ghosts = useMemo(() => (openSuggested ?? []).map((one) => ({ source: one.source, target: one.target, place: [], kind: /** @type {const} */ ("value") })), [openSuggested]);
  const ghostTargets = useMemo(() => new Set(ghosts.map((one) => JSON.stringify(one.target))), [ghosts]);
  const badTargets = useMemo(() => new Map(failing.map((one) => [JSON.stringify(one.path), one.message])), [failing]);
  const emptyRequired = useMemo(() => new Set(todo.filter((one) => one.kind === "required").map((one) => JSON.stringify(one.path))), [todo]);
  const seenOf = {
    source: (/** @type {TreeNode} */ node) => ({ value: brief(seen(scope, node.path[0] === LET ? resolved(["let", ...node.path.slice(1)], { loops: [], partners: [], lets: plan.let ?? {} }) ?? [] : node.path)), chips: [], state: /** @type {"filled" | ""} */ (used.has(node.id) ? "filled" : ""), note: "" }),
    target: (/** @type {TreeNode} */ node) => {
      const rules = byTarget.get(node.id) ?? [];
      const bad = badTargets.get(node.id);
      const state = bad ? "bad" : rules.length ? "filled" : ghostTargets.has(node.id) ? "ghost" : emptyRequired.has(node.id) ? "todo" : "";
      return { value: brief(seen(preview.preview?.value, node.path)), chips: functions ? rules.flatMap((entry) => (entry.kind === "unknown" ? ["as text"] : chipsOf(entry.rule, functions))) : [], state: /** @type {any} */ (state), note: bad ?? "" };
    },
  };
  const loops = useSame(loopsOf, entries);

  const suggest = async () => {
    setDock("suggested");
    setTab("rule");
    if (!sides.source || !sides.target) return setSuggestions((before) => ({ ...before, all: [], why: "Choose a target first: there is nothing to match with." }));
    setSuggestions((before) => ({ ...before, isBusy: true, why: "" }));
    try {
      const all = await askSuggestions(urls, { source: sides.source.seen_key, target: sides.target.key, input: sides.source.input });
      setSuggestions({ all, isBusy: false, why: "", dismissed: new Set() });
      say(`${all.length} suggestions.`);
    } catch (error) {
      setSuggestions((before) => ({ ...before, isBusy: false, all: [], why: /** @type {Error} */ (error).message }));
    }
    return undefined;
  };
  const addRuleFor = (/** @type {TreeNode} */ node, /** @type {any} */ rule) => {
    const parents = entries.filter((entry) => entry.kind === "loop" && entry.target.length < node.path.length && entry.target.every((key, depth) => node.path[depth] === key));
    const home = parents.at(-1);
    const keys = node.path.slice(home?.target.length ?? 0);
    acts.add(home ? [...home.place, "rules"] : ["rules"], { to: keys.length === 1 ? keys[0] : keys, ...rule });
  };
  const stepsBefore = (sourceTree?.roots ?? []).filter((root) => root.path[0] !== LET).map((root) => ({ key: root.told.name, title: titles[root.told.name] ?? root.told.name, hasBody: Boolean(sourceTree?.find([root.told.name, "body"])) }));
  const detailRules = selected ? byTarget.get(selected) ?? [] : [];
  const selectedNode = selected ? targetTree.find(JSON.parse(selected)) : null;
  const editing = { functions: functions ?? new Map(), scope: scope ?? {}, evaluateUrl: may.try && isSmall(scope) ? urls.evaluate : "", titles, isReadOnly };
  const go = (/** @type {{ side: "source" | "target", path: Path }} */ { side, path }) => {
    if (!path.length) return;
    if (side === "target") select(path); else reveal(side, path);
    focusTree(side);
  };
  const keys = (/** @type {import("react").KeyboardEvent} */ event) => {
    const inField = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (!(event.ctrlKey || event.metaKey) || inField) return;
    const key = event.key.toLowerCase();
    if (key === "z" || key === "y") {
      event.preventDefault();
      event.stopPropagation();
      if (key === "y" || event.shiftKey) acts.redo(); else acts.undo();
    }
  };
  const sampleWord = own?.name ?? sampleName;
  return (
    <div ref={whole} className="m-mapper" data-m-tab={tab} onKeyDown={keys}>
      <Toolbar {...{ canUndo, canRedo, count, todo: todo.filter((one) => one.kind !== "unused").length, isReadOnly, samples, sample: own ? "" : sample, sampleWord, actions, onClose }}
        onUndo={acts.undo} onRedo={acts.redo} onSuggest={() => void suggest()} onText={() => setDialog("text")} onTodo={() => { setDock("todo"); setTab("rule"); }}
        onSample={(id) => { if (id === "own") setDialog("sample"); else { setOwn(null); onSample?.(id); } }} />
      <div className="m-tabs" role="tablist" aria-label="Parts of the mapper">
        {Object.entries({ source: "Source", target: "Target", rule: "Rule", output: "Output" }).map(([key, word]) => <button key={key} type="button" role="tab" aria-selected={tab === key} onClick={() => setTab(/** @type {any} */ (key))}>{word}</button>)}
      </div>
      {sides.failure && <p className="m-bad m-failure" role="alert"><Icon name="triangle-alert" size={14} /> {sides.failure}</p>}
      <div className="m-sides">
        <TreePane side="source" title="Source" rows={sourceRows} active={active.source} picked={picked?.side === "source" ? picked.node.id : ""} selected="" dims={dimsOf("source")} seen={seenOf.source} wanted={wanted.source} acts={sideActs.source}
          hint={sides.source ? <p>No step comes before this one that gives data.</p> : <p role="status">Reading the data before this step …</p>}
          extra={<button type="button" className="btn btn-sm" onClick={() => setDock("values")}><Icon name="sigma" size={14} /> Values</button>} />
        <LinesLayer ref={layer} lines={lines} ghosts={ghosts} loops={loops} sourceRows={sourceRows} targetRows={targetRows} selected={selected} hovered={hovered} drag={drag.dragged && { side: drag.dragged.side, id: drag.dragged.node.id, x: drag.dragged.x, y: drag.dragged.y }} onSelect={onLine} />
        <TreePane side="target" title="Target" rows={targetRows} active={active.target} picked={picked?.side === "target" ? picked.node.id : ""} selected={selected} dims={dimsOf("target")} seen={seenOf.target} wanted={wanted.target} acts={sideActs.target}
          hint={<><p>No target is chosen: add fields by hand, or choose what is to be made.</p>{onTarget && !isReadOnly && <button type="button" className="btn btn-primary" onClick={() => setDialog("target")}>Choose a target</button>}</>}
          extra={<>{onTarget && <button type="button" className="btn btn-sm m-target-name" disabled={isReadOnly} onClick={() => setDialog("target")} title="Choose another target"><Icon name="pencil" size={14} /> {targetWord(target, sides.target?.tree.title)}</button>}
            {!isReadOnly && <button type="button" className="btn btn-sm" aria-label="Add a field to the target" onClick={() => setDialog("field")}><Icon name="plus" size={14} /></button>}</>} />
      </div>
      <div className="m-dock">
        <section className="m-work" aria-label="Work on the mapping">
          <div className="m-dock-tabs" role="tablist" aria-label="Work">
            {Object.entries({ rule: "Rule", todo: `To do (${todo.filter((one) => one.kind !== "unused").length})`, suggested: `Suggestions${openSuggested?.length ? ` (${openSuggested.length})` : ""}`, values: "Named values" }).map(([key, word]) => <button key={key} type="button" role="tab" aria-selected={dock === key} onClick={() => setDock(/** @type {any} */ (key))}>{word}</button>)}
          </div>
          <div className="m-dock-body">
            {dock === "rule" && functions && <RuleDetail key={selected} node={selectedNode} entries={detailRules} editing={editing} hint="Click a field of the target to see its rule; click a field of the source, then one of the target, to connect them." acts={{ change: acts.change, remove: acts.remove, move: acts.move, add: addRuleFor, table: () => setDialog("table") }} />}
            {dock === "todo" && <Findings findings={todo} onGo={go} />}
            {dock === "suggested" && <Suggestions suggestions={openSuggested} isBusy={suggestions.isBusy} why={suggestions.why} onGo={(one) => { reveal("source", one.source); reveal("target", one.target); }}
              onAccept={(one) => { if (trees) acts.set((before) => accepted(before, one, trees)); say(`“${one.target.join(" / ")}” is filled.`); }}
              onAll={() => { if (trees) acts.set((before) => acceptedAll(before, openSuggested ?? [], trees)); say("All suggestions are accepted."); }}
              onDismiss={(one) => setSuggestions((before) => ({ ...before, dismissed: new Set([...before.dismissed, idOf(one)]) }))} />}
            {dock === "values" && functions && <NamedValues plan={plan} scope={scope} editor={{ functions, scope: { schema: null, values: scope ?? {} }, evaluateUrl: editing.evaluateUrl, titles, isReadOnly }}
              onSet={(name, op, tag) => acts.set((before) => setLet(before, { name, op }), tag)} onAdd={() => acts.set((before) => setLet(before, { name: freeLet(before), op: "" }))} onRemove={(name) => acts.set((before) => removeLet(before, { name }))} />}
          </div>
        </section>
        <Output preview={preview.preview} isBusy={preview.isBusy} failure={preview.failure} sample={scope ? sampleWord || "the sample" : ""} format={format} />
      </div>
      <div className="m-foot">
        {picked && <span className="m-picked"><Icon name="link" size={14} /> {picked.node.told.name} <button type="button" className="x-icon-btn is-small" aria-label="Cancel the line" onClick={() => setPicked(null)}><Icon name="x" size={14} /></button></span>}
        <p className="m-said" role="status" aria-live="polite">{said}</p>
      </div>
      {ask && sourceTree && <PickDialog ask={ask} source={sourceTree} scope={scope} onPick={(pick) => draw(ask.source, ask.target, { pick })} onChosen={(chosen) => draw(ask.source, ask.target, { chosen })} onClose={() => setAsk(null)} />}
      {dialog === "target" && onTarget && <TargetChoice urls={urls} target={target} onChoose={onTarget} onClose={() => setDialog("")} />}
      {dialog === "sample" && <SampleChoice urls={urls} steps={stepsBefore} isReady={sourceTree !== null} onClose={() => setDialog("")} onScope={(found) => setOwn({ scope: found, name: "a pasted sample" })}
        onValue={(key, value, hasBody) => setOwn({ scope: withDocument(scope, key, value, hasBody), name: "a pasted document" })} onGenerate={() => sourceTree && setOwn({ scope: generated(sourceTree), name: "made-up data" })} />}
      {dialog === "text" && <TextView urls={urls} plan={plan} isReadOnly={isReadOnly} onClose={() => setDialog("")} onPlan={(next) => acts.set(() => next)} />}
      {dialog === "table" && <TableChoice urls={urls} onClose={() => setDialog("")} onChoose={(table) => { const entry = detailRules.at(-1); if (entry) acts.change(entry.place, { op: ["lookup", table, entry.rule.op] }); }} />}
      {dialog === "field" && <FieldName within={selectedNode?.told.type === "object" || selectedNode?.told.repeats ? selectedNode.path : []} onClose={() => setDialog("")} onName={(path) => { addRuleFor(/** @type {any} */ ({ path }), { op: "" }); select(path); }} />}
    </div>
  );
}

/** @param {{ within: Path, onName: (path: Path) => void, onClose: () => void }} props */
function FieldName({ within, onName, onClose }) {
  const [name, setName] = useState("");
  const keys = name.split("/").map((key) => key.trim()).filter(Boolean);
  return (
    <Dialog title={within.length ? `A new field in “${within.join(" / ")}”` : "A new field of the target"} onClose={onClose}>
      <form className="m-form" onSubmit={(event) => { event.preventDefault(); onName([...within, ...keys]); onClose(); }}>
        <label>Name <input className="form-control" autoFocus value={name} onChange={({ target: { value } }) => setName(value)} /></label>
        <p className="form-hint">A slash leads into a group: price / amount.</p>
        <button type="submit" className="btn btn-primary" disabled={!keys.length}>Add it</button>
      </form>
    </Dialog>
  );
}

/** The steps before, by what people called them. @param {import("../tree.js").ToldTree} tree @param {Record<string, string>} titles */
const withTitles = (tree, titles) => ({ ...tree, fields: tree.fields.map((told) => (titles[told.name] ? { ...told, title: titles[told.name] } : told)) });

/** The lists of the source whose items fill a list of the target. @param {import("../reading.js").Entry[]} entries @returns {import("../drawing.js").Loop[]} */
const loopsOf = (entries) => entries.flatMap(({ kind, rule, target, sight }) => {
  const source = kind === "loop" ? resolved(rule.each, sight) : null;
  return source ? [{ source, target, depth: sight.loops.length, name: rule.name || source.at(-1) || "item" }] : [];
});

/** Loops in which nothing stands yet make nothing. @param {any} rules @returns {any} */
const withRules = (rules) => (Array.isArray(rules) ? rules.filter((rule) => !(rule && typeof rule === "object" && "each" in rule && Array.isArray(rule.rules) && !withRules(rule.rules).length)).map((rule) => (rule && typeof rule === "object" && Array.isArray(rule.rules) ? { ...rule, rules: withRules(rule.rules) } : rule)) : rules);

/** @param {any} target @param {string | undefined} title */
const targetWord = (target, title) => (!target ? "No schema" : target.canonical ?? target.operation ?? (target.format ? `${target.format} ${title ?? ""}`.trim() : title || "Own schema"));

/** Whether a sample may be sent with each keystroke in an expression. @param {any} scope */
const isSmall = (scope) => scope !== null && (scope === smallKnown.scope ? smallKnown.is : ((smallKnown.scope = scope), (smallKnown.is = JSON.stringify(scope).length < LARGE)));
const smallKnown = { scope: /** @type {any} */ (undefined), is: true };
