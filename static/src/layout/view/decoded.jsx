/** What is read from the sample: the records of one type as a table, an error in the row of its line. */
import { Icon } from "../../icon.jsx";
import { digits } from "../../server/exact_json.js";

/** @import { Line, Problem, RecordType } from "../layout.js" */
const MOST = 100;

/** @param {{ lines: Line[], record: RecordType }} props */
export function Decoded({ lines, record }) {
  return (
    <div className="l-decoded" tabIndex={0} role="region" aria-label={`Records of ${record.name}`}>
      <table>
        <thead><tr><th scope="col">Line</th>{record.fields.map(({ name }, index) => <th key={index} scope="col">{name}</th>)}</tr></thead>
        <tbody>
          {lines.slice(0, MOST).map((line) => (
            <tr key={line.number} className={line.problem ? "is-bad" : ""}>
              <th scope="row">{line.number}</th>
              {line.problem
                ? <td colSpan={Math.max(record.fields.length, 1)}><Fault problem={line.problem} /></td>
                : record.fields.map(({ name }, index) => <td key={index}>{shown(line.values?.[name])}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length > MOST && <p className="p-hint">{`The first ${MOST} of ${lines.length} are shown.`}</p>}
    </div>
  );
}

/** @param {{ problem: Problem }} props */
export const Fault = ({ problem }) => <span className="p-problem is-bad"><Icon name="octagon-alert" size={14} /> <span>{problem.message} {problem.hint} <small>{problem.place}</small></span></span>;

/** @param {any} value */
function shown(value) {
  if (value === null || value === undefined) return <span className="p-hint">empty</span>;
  return digits(value) ?? (typeof value === "boolean" ? (value ? "yes" : "no") : typeof value === "string" ? value : JSON.stringify(value));
}
