// @ts-check
// Plays a short piece of a run. Besides what every moving picture has, the card holds an output with the time; the
// slider (class "hops" marks the plot) goes over the frames; the moves are displacements from the first of them.

import { decoded, play } from "./motion.js";

/** @param {HTMLElement} plot */
function connectHops(plot) {
  const card = /** @type {HTMLElement} */ (plot.closest(".card"));
  const slider = /** @type {HTMLInputElement} */ (card.querySelector('input[type="range"]'));
  const clock = /** @type {HTMLOutputElement} */ (card.querySelector("output"));
  /** @type {any} */
  let run = null;
  let steps = new Int16Array();

  const picture = play(plot, {
    read(moves) {
      run = moves;
      steps = /** @type {Int16Array} */ (decoded(run.moves));
      slider.max = String(run.frames - 1);
    },
    shift: (ion, axis) => run.unit * steps[(Number(slider.value) * run.ions + ion) * 3 + axis],
    advance() {
      slider.value = String((Number(slider.value) + 1) % run.frames);
      return Number(slider.value) === run.frames - 1 ? 900 : 50;
    },
    shown() {
      const place = Number(slider.value);
      clock.textContent = run.labels?.[place] ?? `${(place * run.frame_ps).toFixed(2)} ps`;
    },
  });
  slider.addEventListener("input", () => {
    picture.stop();
    void picture.show();
  });
}

document.querySelectorAll(".hops").forEach((plot) => connectHops(/** @type {HTMLElement} */ (plot)));
