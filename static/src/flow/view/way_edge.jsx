/** A connection between steps. */
import { BaseEdge, EdgeLabelRenderer, getBezierPath } from "@xyflow/react";
import { memo } from "react";
import { ERROR } from "../document.js";
import { useBuilder, useLive } from "./context.js";
import { Icon } from "../../icon.jsx";

export const WayEdge = memo(
  /** @param {import("@xyflow/react").EdgeProps & { data: { edge: import("../document.js").Edge, isReadOnly: boolean } }} props */
  function WayEdge({ id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, selected, data, markerEnd }) {
    const { act, editor, live, tried, near } = useBuilder();
    const { edge, isReadOnly } = data;
    const [path, x, y] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition });
    const count = useLive(live, edge.source)?.ports?.[edge.port];
    const hasTools = (useLive(near, id) || selected) && !isReadOnly; // hundreds of hidden buttons would be moved with every pan
    const wasTaken = useLive(tried, edge.source)?.port === edge.port;
    const classes = ["b-way", edge.port === ERROR && "is-error", selected && "is-selected", wasTaken && "is-taken"].filter(Boolean).join(" ");
    return (
      <>
        <BaseEdge id={id} path={path} className={classes} interactionWidth={24} markerEnd={markerEnd} />
        {(hasTools || count !== undefined) && <EdgeLabelRenderer>
          <div className={`b-way-label nodrag nopan${selected ? " is-selected" : ""}`} ref={(element) => { if (element) element.style.transform = `translate(-50%, -50%) translate(${x}px, ${y}px)`; }}>
            {count !== undefined && <span className="b-way-count">{count}</span>}
            {hasTools && (
              <span className="b-way-tools">
                <button type="button" className="b-icon-btn" aria-label={`Add a step between ${edge.source} and ${edge.target}`} title="Add a step here" tabIndex={-1} onClick={(event) => act("addInto", { edge, at: event.currentTarget })}><Icon name="plus" size={14} /></button>
                {selected && <button type="button" className="b-icon-btn" aria-label="Remove the connection" title="Remove the connection" onClick={() => editor.disconnect([edge])}><Icon name="unlink" size={14} /></button>}
              </span>
            )}
          </div>
        </EdgeLabelRenderer>}
      </>
    );
  },
);
