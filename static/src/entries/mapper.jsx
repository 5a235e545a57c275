/** The page where the fields of one step are mapped. */
import { createRoot } from "react-dom/client";
import { mountIslands } from "../islands.js";
import { MapperPage } from "../mapper/view/page.jsx";

mountIslands({
  "field-mapper": (place, props) => {
    const root = createRoot(place);
    root.render(<MapperPage {...props} />);
    return () => root.unmount();
  },
});
