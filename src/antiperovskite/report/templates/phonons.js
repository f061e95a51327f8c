// @ts-check
// Moves the atoms of a supercell along the chosen mode. Every block of vertices follows one atom. A card holds the
// plot (class "motion"), a menu of modes, a slider, a button, and two JSON scripts: the scene at rest and the moves.

/** @type {any} */
const Plotly = /** @type {any} */ (window).Plotly;
/** Browsers allow few WebGL contexts: one moving picture lives at a time. @type {(() => void) | null} */
let release = null;

/** @param {{dtype: string, bdata: string}} array */
function decoded(array) {
  const bytes = Uint8Array.from(atob(array.bdata), (character) => character.charCodeAt(0));
  const kinds = { f4: Float32Array, u2: Uint16Array, u4: Uint32Array };
  return new kinds[/** @type {"f4" | "u2" | "u4"} */ (array.dtype)](bytes.buffer);
}

/** @param {HTMLElement} plot */
function connect(plot) {
  const card = /** @type {HTMLElement} */ (plot.closest(".card"));
  const [scene, moves] = [...card.querySelectorAll('script[type="application/json"]')];
  const select = /** @type {HTMLSelectElement} */ (card.querySelector("select"));
  const slider = /** @type {HTMLInputElement} */ (card.querySelector('input[type="range"]'));
  const button = /** @type {HTMLButtonElement} */ (card.querySelector("button"));
  /** @type {any} */
  let figure = null;
  /** @type {any[]} */
  let modes = [];
  /** @type {any[]} */
  let rest = [];
  /** @type {number[]} */
  let indices = [];
  let drawn = false;
  let inView = false;
  let looping = false;
  // A reader who asked for less motion sees the mode at its turning point, and can start it.
  let running = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  let phase = Math.PI / 2;

  function read() {
    figure = JSON.parse(scene.textContent ?? "null");
    modes = JSON.parse(moves.textContent ?? "null").modes;
    rest = figure.data.map((/** @type {any} */ trace) => ["x", "y", "z"].map((name) => decoded(trace[name])));
    indices = figure.data.flatMap((/** @type {any} */ trace, /** @type {number} */ k) => (trace.meta?.owner ? [k] : []));
  }

  function displaced() {
    const steps = modes[Number(select.value)].moves;
    const scale = Number(slider.value) * Math.sin(phase);
    return [0, 1, 2].map((axis) =>
      indices.map((k) => {
        const { owner, each } = figure.data[k].meta;
        const values = Float32Array.from(rest[k][axis]);
        for (let block = 0; block < owner.length; block++) {
          const shift = scale * steps[3 * owner[block] + axis];
          for (let n = 0; n < each; n++) values[block * each + n] += shift;
        }
        return values;
      }),
    );
  }

  const show = () => {
    if (!drawn) return undefined;
    const [x, y, z] = displaced();
    return Plotly.restyle(plot, { x, y, z }, indices);
  };
  const label = () => {
    button.textContent = running ? "pause" : "play";
    button.setAttribute("aria-pressed", String(running));
  };
  const step = async () => {
    looping = running && drawn && inView;
    if (!looping) return;
    phase += 0.16;
    if (!document.hidden) await show();
    setTimeout(() => requestAnimationFrame(step), 40);
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
    if (release) release();
    release = letGo;
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
  select.addEventListener("change", () => void show());
  slider.addEventListener("input", () => void show());
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
}

document.querySelectorAll(".motion").forEach((plot) => connect(/** @type {HTMLElement} */ (plot)));
