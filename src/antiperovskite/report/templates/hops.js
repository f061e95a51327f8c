// @ts-check
// Plays a short piece of a run. A card holds the plot (class "hops"), a slider over the frames, a button, an output
// with the time, and two JSON scripts: the scene at the first frame and the displacements from it.

/** @type {any} */
const Plotly = /** @type {any} */ (window).Plotly;

/** @param {{dtype: string, bdata: string}} array */
function decoded(array) {
  const bytes = Uint8Array.from(atob(array.bdata), (character) => character.charCodeAt(0));
  const kinds = { f4: Float32Array, i2: Int16Array, u2: Uint16Array, u4: Uint32Array };
  return new kinds[/** @type {"f4" | "i2" | "u2" | "u4"} */ (array.dtype)](bytes.buffer);
}

/** @param {HTMLElement} plot */
function connect(plot) {
  const card = /** @type {HTMLElement} */ (plot.closest(".card"));
  const [scene, moves] = [...card.querySelectorAll('script[type="application/json"]')];
  const slider = /** @type {HTMLInputElement} */ (card.querySelector('input[type="range"]'));
  const button = /** @type {HTMLButtonElement} */ (card.querySelector("button"));
  const clock = /** @type {HTMLOutputElement} */ (card.querySelector("output"));
  /** @type {any} */
  let figure = null;
  /** @type {any} */
  let run = null;
  /** @type {Int16Array} */
  let steps = new Int16Array();
  /** @type {any[]} */
  let rest = [];
  /** @type {number[]} */
  let indices = [];
  let drawn = false;
  let inView = false;
  let looping = false;
  // A reader who asked for less motion sees the first frame, can start it, and can move the slider.
  let running = !matchMedia("(prefers-reduced-motion: reduce)").matches;

  function read() {
    figure = JSON.parse(scene.textContent ?? "null");
    run = JSON.parse(moves.textContent ?? "null");
    steps = /** @type {Int16Array} */ (decoded(run.moves));
    rest = figure.data.map((/** @type {any} */ trace) => ["x", "y", "z"].map((name) => decoded(trace[name])));
    indices = figure.data.flatMap((/** @type {any} */ trace, /** @type {number} */ k) => (trace.meta?.owner ? [k] : []));
    slider.max = String(run.frames - 1);
  }

  /** @param {number} frame */
  function placed(frame) {
    const begin = frame * run.ions * 3;
    return [0, 1, 2].map((axis) =>
      indices.map((k) => {
        const { owner, each } = figure.data[k].meta;
        const values = Float32Array.from(rest[k][axis]);
        for (let block = 0; block < owner.length; block++) {
          const shift = run.unit * steps[begin + 3 * owner[block] + axis];
          for (let n = 0; n < each; n++) values[block * each + n] += shift;
        }
        return values;
      }),
    );
  }

  const show = () => {
    if (!drawn) return undefined;
    const frame = Number(slider.value);
    clock.textContent = `${(frame * run.frame_ps).toFixed(2)} ps`;
    const [x, y, z] = placed(frame);
    return Plotly.restyle(plot, { x, y, z }, indices);
  };
  const label = () => {
    button.textContent = running ? "pause" : "play";
    button.setAttribute("aria-pressed", String(running));
  };
  const step = async () => {
    looping = running && drawn && inView;
    if (!looping) return;
    slider.value = String((Number(slider.value) + 1) % run.frames);
    if (!document.hidden) await show();
    const last = Number(slider.value) === run.frames - 1;
    setTimeout(() => requestAnimationFrame(step), last ? 900 : 50);
  };
  const go = () => {
    if (!looping) void step();
  };

  async function draw() {
    read();
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
  slider.addEventListener("input", () => {
    running = false;
    label();
    void show();
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
}

document.querySelectorAll(".hops").forEach((plot) => connect(/** @type {HTMLElement} */ (plot)));
