// @ts-check
// Modes and hops on one page: one module, so that they know of one another which of them is drawn.

import {} from "./phonons.js";
import {} from "./hops.js";
