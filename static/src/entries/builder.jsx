/** The page where a flow is drawn. */
import { createRoot } from "react-dom/client";
import { Builder } from "../flow/view/builder.jsx";
import { mountIslands } from "../islands.js";
import "../builder.css";

mountIslands({
  "flow-builder": (place, props) => {
    const root = createRoot(place);
    root.render(<Builder {...props} />);
    return () => root.unmount();
  },
});
