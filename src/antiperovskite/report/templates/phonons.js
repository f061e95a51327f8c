// @ts-check
// Moves the atoms of a supercell along the chosen mode. Besides what every moving picture has, the card holds a menu of
// modes; the slider (class "motion" marks the plot) is the amplitude; at rest the mode is seen at its turning point.

import { play } from "./motion.js";

/** @param {HTMLElement} plot */
function connectMode(plot) {
  const card = /** @type {HTMLElement} */ (plot.closest(".card"));
  const select = /** @type {HTMLSelectElement} */ (card.querySelector("select"));
  const slider = /** @type {HTMLInputElement} */ (card.querySelector('input[type="range"]'));
  /** @type {any[]} */
  let modes = [];
  let phase = Math.PI / 2;

  const picture = play(plot, {
    read(moves) {
      modes = moves.modes;
    },
    shift: (atom, axis) => Number(slider.value) * Math.sin(phase) * modes[Number(select.value)].moves[3 * atom + axis],
    advance() {
      phase += 0.16;
      return 40;
    },
  });
  select.addEventListener("change", () => void picture.show());
  slider.addEventListener("input", () => void picture.show());
}

document.querySelectorAll(".motion").forEach((plot) => connectMode(/** @type {HTMLElement} */ (plot)));
