/** A note on the canvas, and the frame around a group of steps. */
import { NodeResizer } from "@xyflow/react";
import { memo } from "react";
import { useBuilder } from "./context.js";
import { Icon } from "../../icon.jsx";

export const NoteNode = memo(
  /** @param {{ id: string, data: { text: string, isReadOnly: boolean }, selected?: boolean }} props */
  function NoteNode({ id, data, selected }) {
    const { editor } = useBuilder();
    return (
      <div className="b-note">
        <NodeResizer isVisible={Boolean(selected) && !data.isReadOnly} minWidth={120} minHeight={64}
          onResizeEnd={(_, { x, y, width, height }) => editor.changeNote(id, { position: [Math.round(x), Math.round(y)], size: [Math.round(width), Math.round(height)] })} />
        <textarea className="nodrag nowheel" aria-label="Note" placeholder="Write a note" maxLength={4000} readOnly={data.isReadOnly}
          value={data.text} onChange={(event) => editor.changeNote(id, { text: event.target.value })} />
      </div>
    );
  },
);

export const GroupNode = memo(
  /** @param {{ data: { groupKey: string, title: string, isReadOnly: boolean } }} props */
  function GroupNode({ data }) {
    const { editor } = useBuilder();
    return (
      <div className="b-group">
        <span className="b-group-head nopan">
          <input className="nodrag" aria-label="Name of the group" value={data.title} maxLength={120} readOnly={data.isReadOnly} onChange={(event) => editor.titleGroup(data.groupKey, event.target.value)} />
          {!data.isReadOnly && <button type="button" className="b-icon-btn nodrag" aria-label={`Dissolve ${data.title}`} title="Dissolve the group; the steps stay" onClick={() => editor.ungroup(data.groupKey)}><Icon name="x" size={14} /></button>}
        </span>
      </div>
    );
  },
);
