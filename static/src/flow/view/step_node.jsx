/** One step on the canvas. */
import * as xyflow from "@xyflow/react";
import { memo } from "react";
import { ERROR, isTrigger, nameOf } from "../document.js";
import { portWord } from "../outline.js";
import { Icon } from "../../icon.jsx";
import { useBuilder, useLive } from "./context.js";

/** Characters that fit: two lines of the name, one of what stands under it. */
const NAME = 24;
const ABOUT = 18;

/**
 * @typedef {{
 *   step: import("../document.js").Step, ports: string[], icon: string, tone: string, about: string,
 *   errors: number, warnings: number, led: string[], canTake: boolean | null, isReadOnly: boolean,
 * }} StepData  led: ports that lead somewhere. canTake: whether the connection being drawn may end here, null for none
 */

export const StepNode = memo(
  /** @param {{ id: string, data: StepData, selected?: boolean }} props */
  function StepNode({ id, data, selected }) {
    const { step, ports, icon, tone, about, errors, warnings, led, canTake, isReadOnly } = data;
    const ways = ports.filter((port) => port !== ERROR);
    const several = ways.length > 1;
    const classes = ["b-step", selected && "is-selected", step.off && "is-off", errors && "has-errors", canTake === false && "is-dim", canTake && "is-target"];
    return (
      <div className={classes.filter(Boolean).join(" ")} data-step={id}>
        {!isTrigger(step) && <xyflow.Handle type="target" position={xyflow.Position.Left} className="b-port is-in" id="in" isConnectableStart={false} role="button" aria-label={`Into ${nameOf(step)}`} />}
        <div className="b-step-head">
          <span className={`b-tile x-tone-${tone}`}><Icon name={icon} size={20} /></span>
          <span className="b-step-words">
            <strong className={nameOf(step).length > NAME ? "is-long" : undefined}>{nameOf(step)}</strong>
            <small className={about.length > ABOUT ? "is-long" : undefined}>{about}</small>
          </span>
          <Marks id={id} errors={errors} warnings={warnings} off={Boolean(step.off)} />
        </div>
        {several ? (
          <ul className="b-ways">
            {ways.map((port) => <li key={port}>{portWord(port) || "next"}<Way id={id} port={port} led={led.includes(port)} isReadOnly={isReadOnly} /></li>)}
          </ul>
        ) : (
          ways.map((port) => <Way key={port} id={id} port={port} led={led.includes(port)} isReadOnly={isReadOnly} />)
        )}
        <Figures id={id} />
        <xyflow.Handle type="source" position={xyflow.Position.Bottom} id={ERROR} className={`b-port is-error${led.includes(ERROR) ? " is-led" : ""}`} data-port={ERROR} role="button" aria-label="Port on error" title="On error" />
        <Others id={id} />
      </div>
    );
  },
);

/** A way out: its port, and "+" while it leads nowhere. @param {{ id: string, port: string, led: boolean, isReadOnly: boolean }} props */
function Way({ id, port, led, isReadOnly }) {
  const { act } = useBuilder();
  return (
    <>
      <xyflow.Handle type="source" position={xyflow.Position.Right} id={port} className={`b-port is-out${led ? " is-led" : ""}`} data-port={port} role="button" aria-label={`Port ${port}`} />
      {!led && !isReadOnly && (
        <button type="button" className="b-plus nodrag nopan" tabIndex={-1} aria-label={`Add a step behind ${port}`} title="Add a step here"
          onClick={(event) => { event.stopPropagation(); act("addBehind", { source: id, port, at: event.currentTarget }); }}>
          <Icon name="plus" size={14} />
        </button>
      )}
    </>
  );
}

/** @param {{ id: string, errors: number, warnings: number, off: boolean }} props */
function Marks({ id, errors, warnings, off }) {
  const { tried } = useBuilder();
  const result = useLive(tried, id);
  return (
    <span className="b-marks">
      {off && <span className="b-mark x-tone-mute" title="Switched off: runs pass it by"><Icon name="power" size={13} /><span className="x-sr">off</span></span>}
      {errors > 0 && <span className="b-mark x-tone-bad" title={`${errors} to put right`}><Icon name="octagon-alert" size={13} />{errors}<span className="x-sr"> problems</span></span>}
      {errors === 0 && warnings > 0 && <span className="b-mark x-tone-wait" title={`${warnings} worth a look`}><Icon name="triangle-alert" size={13} /><span className="x-sr">{warnings} warnings</span></span>}
      {result && <span className={`b-mark x-tone-${result.tone}`} title={result.words}><Icon name={result.icon} size={13} />{result.short}<span className="x-sr"> {result.words}</span></span>}
    </span>
  );
}

/** What runs do here, on a published flow. @param {{ id: string }} props */
function Figures({ id }) {
  const { live } = useBuilder();
  const figures = useLive(live, id);
  if (!figures) return null;
  return (
    <div className="b-figures">
      <span title="Runs that passed">{figures.runs} <span className="x-sr">runs</span></span>
      {figures.rate && <span>{figures.rate}/min</span>}
      {figures.time && <span title="Median time">{figures.time}</span>}
      {figures.waiting > 0 && <span className="x-tone-wait"><Icon name="hourglass" size={12} />{figures.waiting} waiting</span>}
      {figures.failed > 0 && (figures.href
        ? <a className="x-tone-bad nodrag" href={figures.href}><Icon name="circle-x" size={12} />{figures.failed} failed</a>
        : <span className="x-tone-bad"><Icon name="circle-x" size={12} />{figures.failed} failed</span>)}
    </div>
  );
}

/** Who else has this step open. @param {{ id: string }} props */
function Others({ id }) {
  const { others } = useBuilder();
  const names = useLive(others, id);
  return names?.length ? <span className="b-here"><Icon name="users" size={12} />{names.join(", ")}</span> : null;
}
