// @ts-check
// The evidence pages' own buttons: which set of radii is shown, and which material stands out.

const evidencePlotly = /** @type {any} */ (window).Plotly;
const FADED = 0.1;

document.querySelectorAll("[data-choose]").forEach((button) =>
  button.addEventListener("click", () => {
    const wanted = /** @type {HTMLElement} */ (button).dataset.choose;
    document.querySelectorAll("[data-choose]").forEach((other) => {
      other.setAttribute("aria-pressed", String(other === button));
      const view = document.getElementById(`view-${/** @type {HTMLElement} */ (other).dataset.choose}`);
      if (view) view.hidden = /** @type {HTMLElement} */ (other).dataset.choose !== wanted;
    });
  }),
);

/** Fade whatever is not of the chosen material; "" brings everything back. @param {string} material */
function highlight(material) {
  const plot = /** @type {any} */ (document.querySelector("[data-figure=figure-arrhenius]"));
  if (!plot?.data) return;
  plot.data.forEach((/** @type {any} */ trace, /** @type {number} */ k) => {
    const { kind, materials } = trace.meta ?? {};
    if (kind === "points") {
      const shades = materials.map((/** @type {string} */ name) => (!material || name === material ? 1 : FADED));
      void evidencePlotly.restyle(plot, { "marker.opacity": [shades] }, [k]);
    } else if (kind === "line" || kind === "fan" || kind === "range") {
      trace.meta.full ??= trace.opacity;
      const shade = !material || materials.includes(material) ? trace.meta.full : FADED * trace.meta.full;
      void evidencePlotly.restyle(plot, { opacity: shade }, [k]);
    }
  });
}

const chooser = /** @type {HTMLSelectElement | null} */ (document.querySelector("[data-highlight]"));
chooser?.addEventListener("change", () => highlight(chooser.value));
// A change of theme draws the plot anew; what stood out stands out again.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  setTimeout(() => highlight(chooser?.value ?? ""), 800),
);
