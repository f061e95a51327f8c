// @ts-check
// A click on a cell of the matrix opens that contact below and goes there.

document.querySelectorAll("[data-matrix]").forEach((element) => {
  const plot = /** @type {any} */ (element);
  let listening = false;
  new MutationObserver(() => {
    if (listening || plot.dataset.drawn !== "yes") return;
    listening = true;
    plot.on("plotly_click", (/** @type {any} */ event) => {
      const { x, y } = event.points[0];
      const found = [...document.querySelectorAll("[data-cell]")].find((cell) => {
        const { electrolyte, partner, condition } = /** @type {HTMLElement} */ (cell).dataset;
        const here = (electrolyte === y && partner === x) || (electrolyte === x && partner === y);
        return here && condition === plot.dataset.condition;
      });
      found?.setAttribute("open", "");
      found?.scrollIntoView({ block: "start" });
    });
  }).observe(plot, { attributes: true, attributeFilter: ["data-drawn"] });
});
