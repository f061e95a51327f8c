// @ts-check
// What moving 3D pictures share: arrays as plotly writes them, blocks of vertices that follow atoms, play and pause,
// rest out of sight, and no motion unasked for a reader who wants less of it. A card holds the plot, a slider, a button
// and two JSON scripts: the scene at rest and the moves.

/** @type {any} */
const Plotly = /** @type {any} */ (window).Plotly;
/** Browsers allow some sixteen WebGL contexts, still views hold six: beyond this many pictures the oldest is let go. */
const MAX_LIVING = 4;
/** @type {(() => void)[]} */
const living = [];

/** @param {{dtype: string, bdata: string}} array */
export function decoded(array) {
  const bytes = Uint8Array.from(atob(array.bdata), (character) => character.charCodeAt(0));
  const kinds = { f4: Float32Array, i2: Int16Array, u2: Uint16Array, u4: Uint32Array };
  return new kinds[/** @type {"f4" | "i2" | "u2" | "u4"} */ (array.dtype)](bytes.buffer);
}

/**
 * What tells one kind of picture from another. `read` takes the moves, `shift` says how far an atom is from its place
 * at rest along an axis, `advance` goes one step on and says how many milliseconds it stays, `shown` follows a drawing.
 * @typedef {{read: (moves: any) => void, shift: (atom: number, axis: number) => number, advance: () => number,
 *   shown?: () => void}} Motion
 */

/**
 * Bring a plot to life; what comes back draws it anew (`show`) and stops it (`stop`).
 * @param {HTMLElement} plot @param {Motion} motion
 */
export function play(plot, motion) {
  const card = /** @type {HTMLElement} */ (plot.closest(".card"));
  const [scene, moves] = [...card.querySelectorAll('script[type="application/json"]')];
  const button = /** @type {HTMLButtonElement} */ (card.querySelector("button"));
  /** @type {any} */
  let figure = null;
  /** @type {any[]} */
  let rest = [];
  /** @type {number[]} */
  let indices = [];
  let drawn = false;
  let inView = false;
  let looping = false;
  // A reader who asked for less motion sees the picture at rest, and can start it.
  let running = !matchMedia("(prefers-reduced-motion: reduce)").matches;

  function read() {
    figure = JSON.parse(scene.textContent ?? "null");
    motion.read(JSON.parse(moves.textContent ?? "null"));
    rest = figure.data.map((/** @type {any} */ trace) => ["x", "y", "z"].map((name) => decoded(trace[name])));
    indices = figure.data.flatMap((/** @type {any} */ trace, /** @type {number} */ k) => (trace.meta?.owner ? [k] : []));
  }

  const placed = () =>
    [0, 1, 2].map((axis) =>
      indices.map((k) => {
        const { owner, each } = figure.data[k].meta;
        const values = Float32Array.from(rest[k][axis]);
        for (let block = 0; block < owner.length; block++) {
          const shift = motion.shift(owner[block], axis);
          for (let n = 0; n < each; n++) values[block * each + n] += shift;
        }
        return values;
      }),
    );

  const show = () => {
    if (!drawn) return undefined;
    motion.shown?.();
    const [x, y, z] = placed();
    return Plotly.restyle(plot, { x, y, z }, indices);
  };
  const label = () => {
    button.textContent = running ? "pause" : "play";
    button.setAttribute("aria-pressed", String(running));
  };
  const step = async () => {
    looping = running && drawn && inView;
    if (!looping) return;
    const wait = motion.advance();
    if (!document.hidden) await show();
    setTimeout(() => requestAnimationFrame(step), wait);
  };
  const go = () => {
    if (!looping) void step();
  };
  const letGo = () => {
    drawn = false;
    Plotly.purge(plot);
    delete plot.dataset.drawn;
  };

  async function draw() {
    if (!figure) read();
    living.push(letGo);
    if (living.length > MAX_LIVING) living.shift()?.();
    try {
      const config = { displaylogo: false, responsive: true, displayModeBar: false };
      await Plotly.newPlot(plot, figure.data, figure.layout, config);
    } catch (error) {
      plot.textContent = "The 3D view needs WebGL, which this browser does not offer.";
      plot.dataset.drawn = "failed";
      console.warn(error);
      return;
    }
    drawn = true;
    await show();
    plot.dataset.drawn = "yes";
    go();
  }

  button.addEventListener("click", () => {
    running = !running;
    label();
    go();
  });
  label();
  new IntersectionObserver((entries) => {
    inView = entries[entries.length - 1].isIntersecting;
    if (inView && !plot.dataset.drawn) {
      plot.dataset.drawn = "pending";
      void draw();
    } else if (inView) {
      go();
    }
  }).observe(plot);

  const stop = () => {
    running = false;
    label();
  };
  return { show, stop };
}
