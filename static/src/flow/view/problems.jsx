/** What keeps the flow from being published, and what is worth a look; each line leads to its field. */
import { nameOf, stepOf } from "../document.js";
import { readPlace } from "../places.js";
import { Icon } from "../../icon.jsx";

/** @param {{ problems: import("../../server/ask.js").Problem[], flow: import("../document.js").Definition, go: (problem: import("../../server/ask.js").Problem) => void }} props */
export function Problems({ problems, flow, go }) {
  const sorted = [...problems].sort((left, right) => Number(left.severity !== "error") - Number(right.severity !== "error"));
  if (!sorted.length) return <div className="b-choices"><h3>Problems</h3><p className="b-empty">There are none: the flow can be published.</p></div>;
  return (
    <div className="b-choices">
      <h3>Problems</h3>
      <ul>
        {sorted.map((problem, number) => {
          const { step, field } = readPlace(problem.place);
          const named = stepOf(flow, step);
          return (
            <li key={number}>
              <button type="button" onClick={() => go(problem)}>
                <span className={`b-mark x-tone-${problem.severity === "error" ? "bad" : "wait"}`}><Icon name={problem.severity === "error" ? "octagon-alert" : "triangle-alert"} size={15} /><span className="x-sr">{problem.severity}: </span></span>
                <span>{named && <strong>{nameOf(named)}: </strong>}{problem.message}{problem.hint && <small>{problem.hint}</small>}{field && <small><code>{field}</code></small>}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
