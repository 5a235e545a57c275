/**
 * The state of an open builder: the definition with its history, what is selected, what is wrong, how saving goes. Views subscribe
 * and call its methods; every change of the definition is a command of commands.js.
 */
import { begin, edited, redone, undone } from "../history.js";
import { clipOf, fromText, toText } from "./clipboard.js";
import * as commands from "./commands.js";
import { ERROR, edgeFrom, freshKey, isTrigger, nameOf, stepOf } from "./document.js";
import { COLUMN, freePlace, tidy } from "./layout.js";
import { byStep } from "./places.js";
import { portsOf, whyNot } from "./rules.js";

/** @typedef {import("./document.js").Definition} Definition */
/** @typedef {import("./document.js").Step} Step */
/** @typedef {import("./document.js").Kind} Kind */
/** @typedef {import("./document.js").Edge} Edge */
/** @typedef {import("../server/ask.js").Problem} Problem */
/** @typedef {{ kind: string, title: string, config: Record<string, any> }} Offer  what the palette hands over */

/**
 * @typedef {{
 *   history: import("../history.js").History<Definition>,
 *   selected: Set<string>, edge: string, open: string, problems: Problem[], ports: import("./document.js").Ports,
 *   saving: import("./saver.js").Saving, said: string,
 * }} State  selected: keys of steps and notes. edge: the id of the selected edge. open: the step whose panel is open. said: for screen readers
 */

export class Editor {
  /**
   * @param {{ definition: Definition, problems: Problem[], ports: import("./document.js").Ports, kinds: Kind[], isReadOnly: boolean, now?: () => number }} given
   */
  constructor({ definition, problems, ports, kinds, isReadOnly, now = Date.now }) {
    this.kinds = new Map(kinds.map((kind) => [kind.kind, kind]));
    this.isReadOnly = isReadOnly;
    this.now = now;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** @type {State} */
    this.state = {
      history: begin(definition),
      selected: new Set(),
      edge: "",
      open: "",
      problems,
      ports,
      saving: { state: "saved", message: "" },
      said: "",
    };
    this.subscribe = this.subscribe.bind(this);
    this.snapshot = () => this.state;
  }

  /** @param {() => void} listener */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {Partial<State>} change */
  set(change) {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }

  get flow() {
    return this.state.history.present;
  }

  /** @param {Step} step */
  portsOf(step) {
    return portsOf(this.flow, step, this.state.ports, this.kinds);
  }

  /** @param {string} key */
  problemsOf(key) {
    return byStep(this.state.problems).get(key) ?? [];
  }

  /**
   * Make an edit: one entry of the history.
   * @param {string} label in words, for undo and screen readers
   * @param {Definition} flow
   * @param {{ run?: string, selected?: Iterable<string>, open?: string }} [also]
   */
  edit(label, flow, { run, selected, open } = {}) {
    if (this.isReadOnly || flow === this.flow) return;
    this.set({
      history: edited(this.state.history, flow, { label, run, now: this.now() }),
      said: label,
      ...(selected ? { selected: new Set(selected) } : {}),
      ...(open !== undefined ? { open } : {}),
    });
  }

  undo() {
    this.#step(undone(this.state.history), "Undone");
  }

  redo() {
    this.#step(redone(this.state.history), "Done again");
  }

  /** @param {State["history"]} history @param {string} word */
  #step(history, word) {
    if (history === this.state.history || this.isReadOnly) return;
    const label = (word === "Undone" ? history.future : history.past).at(-1)?.label ?? "";
    const there = new Set([...history.present.steps, ...(history.present.notes ?? [])].map((thing) => thing.key));
    this.set({
      history,
      said: `${word}: ${label}`,
      selected: new Set([...this.state.selected].filter((key) => there.has(key))),
      open: there.has(this.state.open) ? this.state.open : "",
    });
  }

  /** Take what somebody else saved; there is nothing of one's own to undo after it. @param {{ definition: Definition, problems: Problem[], ports: import("./document.js").Ports }} draft */
  reload({ definition, problems, ports }) {
    const there = new Set(definition.steps.map((step) => step.key));
    this.set({ history: begin(definition), problems, ports, open: there.has(this.state.open) ? this.state.open : "", selected: new Set(), said: "Changed by somebody else" });
  }

  /** @param {Iterable<string>} keys */
  select(keys) {
    const selected = new Set(keys);
    const isSame = selected.size === this.state.selected.size && [...selected].every((key) => this.state.selected.has(key));
    if (!isSame) this.set({ selected });
  }

  /** Open the panel of a step, or close it with "". @param {string} key */
  openPanel(key) {
    this.set({ open: key, ...(key ? { selected: new Set([key]) } : {}) });
  }

  /** @param {string} words */
  say(words) {
    this.set({ said: words });
  }

  /**
   * Make a step from what the palette offers.
   * @param {Offer} offer
   * @param {[number, number]} position
   * @returns {Step}
   */
  #stepOf(offer, position) {
    const taken = [...this.flow.steps, ...(this.flow.notes ?? [])].map((thing) => thing.key);
    const base = offer.kind === "call" ? String(offer.config.operation ?? "call") : offer.kind.replace(/_trigger$/, "");
    return { key: freshKey(base, taken), kind: offer.kind, title: this.#freshTitle(offer.title), config: offer.config, position };
  }

  /** @param {string} title */
  #freshTitle(title) {
    const taken = new Set(this.flow.steps.map((step) => step.title));
    let fresh = title;
    for (let number = 2; taken.has(fresh); number += 1) fresh = `${title} ${number}`;
    return fresh;
  }

  /**
   * Add a step where it was dropped, or else right of what is selected and connected to it when that is possible.
   * @param {Offer} offer
   * @param {{ at?: [number, number], behind?: { source: string, port: string }, into?: Edge, centre?: [number, number] }} [where]
   */
  add(offer, { at, behind, into, centre = [0, 0] } = {}) {
    const after = behind ?? (at || into ? undefined : this.#freePort(offer));
    const source = stepOf(this.flow, (into ?? after)?.source ?? "");
    const wanted = at ?? (source ? /** @type {[number, number]} */ ([source.position[0] + COLUMN, source.position[1]]) : centre);
    const step = this.#stepOf(offer, at && !into ? [Math.round(at[0]), Math.round(at[1])] : freePlace(this.flow, wanted));
    const onward = (this.kinds.get(step.kind)?.ports ?? [])[0];
    const target = into ?? (after ? { ...after, target: "" } : null);
    const flow = target ? commands.addBehind(this.flow, { step, source: target.source, port: target.port, onward }) : commands.addStep(this.flow, step);
    this.edit(`${nameOf(step)} added`, flow, { selected: [step.key], open: step.key });
    return step.key;
  }

  /**
   * The first port that leads nowhere of the one selected step, for a step that may follow.
   * @param {Offer} offer
   */
  #freePort(offer) {
    const [key] = this.state.selected.size === 1 ? this.state.selected : [];
    const step = stepOf(this.flow, key ?? "");
    if (!step || isTrigger(offer)) return undefined;
    const port = this.portsOf(step).find((name) => name !== ERROR && !edgeFrom(this.flow, step.key, name));
    return port === undefined ? undefined : { source: step.key, port };
  }

  /** Connect, or say why not. @param {Edge} edge @returns {string | null} */
  connect(edge) {
    const reason = whyNot(this.flow, edge);
    if (reason) {
      this.say(reason);
      return reason;
    }
    const [source, target] = [edge.source, edge.target].map((key) => nameOf(/** @type {Step} */ (stepOf(this.flow, key))));
    this.edit(`${source} connected to ${target}`, commands.connect(this.flow, edge));
    return null;
  }

  /** @param {Edge[]} edges */
  disconnect(edges) {
    this.edit(edges.length === 1 ? "Connection removed" : `${edges.length} connections removed`, commands.disconnect(this.flow, edges));
  }

  /** Remove what is selected, or these. @param {Iterable<string>} [keys] */
  remove(keys = this.state.selected) {
    const gone = new Set(keys);
    const steps = this.flow.steps.filter((step) => gone.has(step.key));
    const count = steps.length + (this.flow.notes ?? []).filter((note) => gone.has(note.key)).length;
    if (!count) return;
    const label = count === 1 && steps.length ? `${nameOf(steps[0])} removed` : `${count} removed`;
    const flow = commands.removeNotes(commands.removeSteps(this.flow, { keys: gone }), gone);
    this.edit(label, flow, { selected: [], open: gone.has(this.state.open) ? "" : this.state.open });
  }

  /** @param {Record<string, [number, number]>} places */
  move(places) {
    const count = Object.keys(places).length;
    this.edit(count === 1 ? "Moved" : `${count} moved`, commands.move(this.flow, places));
  }

  /** Move what is selected by some pixels. @param {number} right @param {number} down */
  nudge(right, down) {
    const things = [...this.flow.steps, ...(this.flow.notes ?? [])].filter((thing) => this.state.selected.has(thing.key));
    const places = Object.fromEntries(things.map(({ key, position: [x, y] }) => [key, [x + right, y + down]]));
    this.edit("Moved", commands.move(this.flow, /** @type {any} */ (places)), { run: "nudge" });
  }

  tidy() {
    this.edit("Tidied up", commands.move(this.flow, tidy(this.flow, (step) => this.portsOf(step))));
  }

  /** @param {string} key @param {Record<string, any>} config @param {string} [label] */
  configure(key, config, label) {
    const step = stepOf(this.flow, key);
    if (step) this.edit(label ?? `${nameOf(step)} changed`, commands.changeStep(this.flow, { key, change: { config } }), { run: `config ${key} ${label ?? ""}` });
  }

  /** @param {string} key @param {string} title */
  title(key, title) {
    this.edit("Renamed", commands.changeStep(this.flow, { key, change: { title: title.slice(0, 120) } }), { run: `title ${key}` });
  }

  /** Switch what is selected off, or on again where all of it is off. @param {Iterable<string>} [keys] */
  toggleOff(keys = this.state.selected) {
    const steps = this.flow.steps.filter((step) => new Set(keys).has(step.key) && !isTrigger(step));
    if (!steps.length) return this.say("A trigger cannot be switched off; switch the flow off instead.");
    const off = steps.some((step) => !step.off);
    const names = steps.length === 1 ? nameOf(steps[0]) : `${steps.length} steps`;
    this.edit(`${names} switched ${off ? "off" : "on"}`, commands.switchSteps(this.flow, { keys: steps.map((step) => step.key), off }));
  }

  /** @param {Record<string, any>} settings */
  changeSettings(settings) {
    this.edit("Settings changed", commands.changeSettings(this.flow, settings), { run: "settings" });
  }

  /** @param {[number, number]} at */
  addNote(at) {
    const key = freshKey("note", [...this.flow.steps, ...(this.flow.notes ?? [])].map((thing) => thing.key));
    /** @type {import("./document.js").Note} */
    const note = { key, text: "", position: [Math.round(at[0]), Math.round(at[1])], size: [220, 120] };
    this.edit("Note added", commands.addNote(this.flow, note), { selected: [key] });
    return key;
  }

  /** @param {string} key @param {Partial<import("./document.js").Note>} change */
  changeNote(key, change) {
    this.edit("Note changed", commands.changeNote(this.flow, { key, change }), { run: `note ${key}` });
  }

  /** Draw a frame around the selected steps. */
  group() {
    const steps = this.flow.steps.filter((step) => this.state.selected.has(step.key)).map((step) => step.key);
    if (!steps.length) return this.say("Select the steps of the group first.");
    const key = freshKey("group", (this.flow.groups ?? []).map((group) => group.key));
    this.edit("Grouped", commands.addGroup(this.flow, { key, title: "Group", steps }));
  }

  /** @param {string} key @param {string} title */
  titleGroup(key, title) {
    this.edit("Group renamed", commands.titleGroup(this.flow, { key, title: title.slice(0, 120) }), { run: `group ${key}` });
  }

  /** @param {string} key */
  ungroup(key) {
    this.edit("Group dissolved", commands.removeGroup(this.flow, key));
  }

  /** The text that copying puts on the clipboard; "" where nothing is selected. */
  copied() {
    const clip = clipOf(this.flow, this.state.selected);
    return clip.steps.length + clip.notes.length ? toText(clip) : "";
  }

  /**
   * Put in what the clipboard holds. @param {string} text @param {(text: string) => any} parse @returns {boolean} whether it was ours
   */
  paste(text, parse) {
    const clip = fromText(text, parse);
    if (!clip) return false;
    const unknown = clip.steps.find((step) => !this.kinds.has(step.kind));
    if (unknown) {
      this.say(`There is no kind of step “${unknown.kind}” here.`);
      return true;
    }
    this.#put(clip, "pasted");
    return true;
  }

  duplicate() {
    const clip = clipOf(this.flow, this.state.selected);
    if (clip.steps.length + clip.notes.length) this.#put(clip, "duplicated");
  }

  /** @param {import("./clipboard.js").Clip} clip @param {string} word */
  #put(clip, word) {
    const taken = new Set([...this.flow.steps, ...(this.flow.notes ?? [])].map(({ position }) => position.join()));
    let offset = 0;
    while ([...clip.steps, ...clip.notes].some(({ position: [x, y] }) => taken.has(`${x + offset},${y + offset}`))) offset += 40;
    const { flow, keys } = commands.paste(this.flow, { clip, offset: [offset, offset] });
    this.edit(`${keys.length} ${word}`, flow, { selected: keys });
  }
}
