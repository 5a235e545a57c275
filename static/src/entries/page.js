/** Every page: behaviours by name, and the few rules that hold for the whole document. */
import { copy } from "../behaviours/copy.js";
import { dialog, watchDialogs } from "../behaviours/dialog.js";
import { disclose } from "../behaviours/disclose.js";
import { dropFile } from "../behaviours/drop_file.js";
import { watchHtmx } from "../behaviours/htmx_rules.js";
import { live } from "../behaviours/live.js";
import { menu } from "../behaviours/menu.js";
import { navigation } from "../behaviours/navigation.js";
import { watchTargets } from "../behaviours/open_target.js";
import { attach, detach } from "../behaviours/registry.js";
import { relativeTime } from "../behaviours/relative_time.js";
import { selectRows } from "../behaviours/select_rows.js";
import { watchShortcuts } from "../behaviours/shortcuts.js";
import { tableKeys } from "../behaviours/table_keys.js";
import { applyTheme, theme } from "../behaviours/theme.js";
import { toast, watchToasts } from "../behaviours/toast.js";

const BEHAVIOURS = {
  copy,
  dialog,
  disclose,
  "drop-file": dropFile,
  live,
  menu,
  navigation,
  "relative-time": relativeTime,
  "select-rows": selectRows,
  "table-keys": tableKeys,
  theme,
  toast,
};

applyTheme();
watchDialogs();
watchHtmx();
watchShortcuts();
watchTargets();
watchToasts((root) => attach(root, BEHAVIOURS));
attach(document.documentElement, BEHAVIOURS);
document.addEventListener("htmx:load", (event) => attach(/** @type {CustomEvent} */ (event).detail.elt, BEHAVIOURS));
document.addEventListener("htmx:beforeCleanupElement", (event) => detach(/** @type {CustomEvent} */ (event).detail.elt));
