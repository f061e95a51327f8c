// @ts-check
// Draws the figures when they come into view, follows the reader's theme, and answers the buttons.
// Everything it needs is in the page; it never touches the network.

/** @type {any} */
const Plotly = /** @type {any} */ (window).Plotly;
const root = document.documentElement;
root.classList.add("js");
document.body.classList.add("js");

/** Browsers allow some sixteen WebGL contexts; beyond this many 3D views the oldest hidden one is released. */
const MAX_SCENES = 6;
/** @type {HTMLElement[]} */
const scenes = [];

const CONFIG = { displaylogo: false, responsive: true, displayModeBar: false, doubleClick: "reset" };
const SCENE_CONFIG = { ...CONFIG, scrollZoom: true };

/** @param {string} id */
function readJson(id) {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent ?? "null") : null;
}

/** Replace every "var(--name)" in a figure by the theme's colour. @param {any} value @param {CSSStyleDeclaration} style @returns {any} */
function themed(value, style) {
  if (typeof value === "string") {
    return value.replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
  }
  if (Array.isArray(value)) return value.map((item) => themed(item, style));
  if (value && typeof value === "object") {
    if ("bdata" in value) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, themed(item, style)]));
  }
  return value;
}

/** What repeats from atom to atom comes once: give each sphere its faces and each vertex its hover text. @param {any} trace */
function spread(trace) {
  const { labels, each } = trace.meta ?? {};
  if (!labels) return;
  trace.text = labels.flatMap((/** @type {string} */ label) => Array(each).fill(label));
  for (const name of ["i", "j", "k"]) {
    const one = decode(trace[name]);
    const all = new Uint32Array(one.length * labels.length);
    for (let n = 0; n < labels.length; n++) one.forEach((vertex, f) => (all[n * one.length + f] = vertex + n * each));
    trace[name] = all;
  }
}

/** Momentum transfer in 1/angstrom of a scattering angle in degrees. @param {number} angle @param {number} wavelength */
const toQ = (angle, wavelength) => (4 * Math.PI * Math.sin((angle * Math.PI) / 360)) / wavelength;

/** Show patterns against Q, where those of different wavelengths line up. @param {any} figure */
function againstQ(figure) {
  const { data, layout } = figure;
  let low = Infinity;
  let high = -Infinity;
  for (const trace of data) {
    const wavelength = trace.meta.wavelength;
    if (trace.meta.kind === "profile") {
      const count = decode(trace.y).length;
      trace.x = Array.from({ length: count }, (_, k) => toQ(trace.x0 + k * trace.dx, wavelength));
      delete trace.x0;
      delete trace.dx;
      low = Math.min(low, trace.x[0]);
      high = Math.max(high, trace.x[count - 1]);
    } else {
      trace.x = trace.x.map((/** @type {number} */ angle) => toQ(angle, wavelength));
    }
  }
  for (const name of Object.keys(layout).filter((key) => key.startsWith("xaxis"))) {
    layout[name].range = [low, high];
    if (name !== "xaxis") layout[name].matches = "x";
    if (layout[name].title) layout[name].title.text = "Q (1/Å)";
  }
}

/** @param {{dtype: string, bdata: string}} array */
function decode(array) {
  const bytes = Uint8Array.from(atob(array.bdata), (character) => character.charCodeAt(0));
  const kinds = { f4: Float32Array, u2: Uint16Array, u4: Uint32Array };
  return new kinds[/** @type {"f4" | "u2" | "u4"} */ (array.dtype)](bytes.buffer);
}

/** @param {HTMLElement} element */
function prepared(element) {
  const figure = readJson(element.dataset.figure ?? "");
  if (element.dataset.axis === "q") againstQ(figure);
  const style = getComputedStyle(root);
  figure.data = themed(figure.data, style);
  figure.data.forEach(spread);
  figure.layout = themed(figure.layout, style);
  const hidden = (element.dataset.hidden ?? "").split(" ");
  for (const trace of figure.data) {
    if (hidden.includes(trace.meta?.group)) trace.visible = false;
  }
  return figure;
}

/** @param {HTMLElement} element */
async function draw(element) {
  const isScene = element.classList.contains("scene");
  const figure = prepared(element);
  if (isScene) {
    figure.layout.height = Math.max(element.clientHeight, 320);
    const camera = /** @type {any} */ (element).keptCamera;
    if (camera) figure.layout.scene.camera = camera;
    remember(element);
  } else {
    element.style.height = `${figure.layout.height}px`; // else a resized window would shrink it to nothing
  }
  element.dataset.drawn = "pending";
  try {
    await Plotly.react(element, figure.data, figure.layout, isScene ? SCENE_CONFIG : CONFIG);
    element.dataset.drawn = "yes";
    if (isScene) watchCamera(element);
  } catch (error) {
    element.dataset.drawn = "failed";
    element.textContent = isScene
      ? "The 3D view needs WebGL, which this browser does not offer; the CIF above holds the structure."
      : "This plot could not be drawn.";
    console.warn(error);
  }
}

/** @param {HTMLElement} element */
function remember(element) {
  if (!scenes.includes(element)) scenes.push(element);
  while (scenes.length > MAX_SCENES) {
    const oldest = scenes.find((other) => other !== element && other.offsetParent === null);
    if (!oldest) return;
    scenes.splice(scenes.indexOf(oldest), 1);
    Plotly.purge(oldest);
    delete oldest.dataset.drawn;
    seen.observe(oldest);
  }
}

/** @param {HTMLElement} element */
function watchCamera(element) {
  const plot = /** @type {any} */ (element);
  if (plot.watched) return;
  plot.watched = true;
  plot.on("plotly_relayout", () => {
    plot.keptCamera = plot._fullLayout.scene._scene.getCamera();
  });
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const element = /** @type {HTMLElement} */ (entry.target);
      if (!entry.isIntersecting || element.dataset.drawn) continue;
      seen.unobserve(element);
      void draw(element);
    }
  },
  { rootMargin: "300px" },
);

/** @param {Element} button @param {boolean} on */
const press = (button, on) => button.setAttribute("aria-pressed", String(on));

/** @param {HTMLElement} element @param {any} camera */
function turn(element, camera) {
  const plot = /** @type {any} */ (element);
  plot.keptCamera = camera;
  // Plotly rebuilds its WebGL plot when the projection changes, and only a full redraw puts the meshes back.
  const same = plot._fullLayout.scene.camera.projection.type === camera.projection.type;
  return same ? Plotly.relayout(element, { "scene.camera": camera }) : draw(element);
}

/** @param {HTMLElement} viewer */
function connectViewer(viewer) {
  const scene = /** @type {HTMLElement | null} */ (viewer.querySelector(".scene"));
  if (!scene) return;
  viewer.querySelectorAll("[data-scene]").forEach((button) =>
    button.addEventListener("click", async () => {
      viewer.querySelectorAll("[data-scene]").forEach((other) => press(other, other === button));
      scene.dataset.figure = /** @type {HTMLElement} */ (button).dataset.scene;
      await draw(scene);
    }),
  );
  viewer.querySelectorAll("[data-camera]").forEach((button) =>
    button.addEventListener("click", () => {
      const cameras = readJson(scene.dataset.figure ?? "").cameras;
      return turn(scene, cameras[/** @type {HTMLElement} */ (button).dataset.camera ?? "corner"]);
    }),
  );
  viewer.querySelectorAll("[data-toggle]").forEach((button) =>
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      press(button, on);
      const group = /** @type {HTMLElement} */ (button).dataset.toggle;
      const off = [...viewer.querySelectorAll('[data-toggle][aria-pressed="false"]')];
      scene.dataset.hidden = off.map((other) => /** @type {HTMLElement} */ (other).dataset.toggle).join(" ");
      const traces = /** @type {any} */ (scene).data
        .map((/** @type {any} */ trace, /** @type {number} */ k) => (trace.meta?.group === group ? k : -1))
        .filter((/** @type {number} */ k) => k >= 0);
      return Plotly.restyle(scene, { visible: on }, traces);
    }),
  );
  scene.addEventListener("keydown", (event) => turnByKey(scene, event));
}

/** Arrow keys turn the structure: left and right about its upright axis, up and down tilt it. @param {HTMLElement} scene @param {KeyboardEvent} event */
function turnByKey(scene, event) {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  const inner = /** @type {any} */ (scene)._fullLayout?.scene?._scene;
  if (!step || !inner) return;
  event.preventDefault();
  const camera = inner.getCamera();
  const { x, y, z } = camera.eye;
  const radius = Math.hypot(x, y, z);
  const azimuth = Math.atan2(y, x) + step[0] * 0.12;
  const height = Math.min(Math.max(Math.asin(z / radius) + step[1] * 0.12, -1.5), 1.5);
  camera.eye = {
    x: radius * Math.cos(height) * Math.cos(azimuth),
    y: radius * Math.cos(height) * Math.sin(azimuth),
    z: radius * Math.sin(height),
  };
  camera.up = { x: 0, y: 0, z: 1 };
  void turn(scene, camera);
}

document.querySelectorAll("[data-viewer]").forEach((viewer) => connectViewer(/** @type {HTMLElement} */ (viewer)));

document.querySelectorAll("[data-axis]").forEach((button) =>
  button.addEventListener("click", async () => {
    const card = button.closest(".card");
    const plot = /** @type {HTMLElement | null} */ (card?.querySelector(".pattern-plot") ?? null);
    if (!plot) return;
    card?.querySelectorAll("button[data-axis]").forEach((other) => press(other, other === button));
    plot.dataset.axis = /** @type {HTMLElement} */ (button).dataset.axis;
    await draw(plot);
  }),
);

/** @param {string} name @param {string} content @param {string} type */
function save(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {any} assessment */
function patternsAsCsv(assessment) {
  const lines = ["# computed powder patterns of " + assessment.formula, "label,two_theta_degree,intensity_percent"];
  for (const pattern of assessment.patterns) {
    const label = `"${pattern.label.replaceAll('"', '""')}"`;
    pattern.two_theta.forEach((/** @type {number} */ angle, /** @type {number} */ k) => {
      lines.push(`${label},${Number(angle.toFixed(6))},${pattern.profile[k]}`);
    });
  }
  return lines.join("\n") + "\n";
}

document.querySelectorAll("[data-download]").forEach((element) =>
  element.addEventListener("click", () => {
    const { download, source, name } = /** @type {HTMLElement} */ (element).dataset;
    const text = document.getElementById(source ?? "")?.textContent ?? "";
    if (download === "bib") return save(`${name}.bib`, text, "application/x-bibtex");
    const assessment = JSON.parse(text);
    if (download === "cif") return save(`${name}.cif`, assessment.relaxed.cif, "chemical/x-cif");
    if (download === "csv") return save(`${name}-patterns.csv`, patternsAsCsv(assessment), "text/csv");
    return save(`${name}.json`, JSON.stringify(assessment, null, 2), "application/json");
  }),
);

/** Show the panel the address names, or the first. */
function showPanel() {
  const panels = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-panel]")]);
  const wanted = decodeURIComponent(location.hash.slice(1));
  const target = wanted ? document.getElementById(wanted) : null;
  const panel = target?.closest("[data-panel]") ?? panels[0];
  panels.forEach((other) => other.classList.toggle("active", other === panel));
  document.querySelectorAll("[data-tab]").forEach((tab) => {
    const current = /** @type {HTMLElement} */ (tab).dataset.tab === panel.id;
    if (current) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  });
  if (target === panel) window.scrollTo({ top: 0, behavior: "instant" });
}
window.addEventListener("hashchange", showPanel);
showPanel();

/** Notes float over cards that scroll sideways, so they are placed in the window and kept inside it. @param {Event} event */
function placeNote(event) {
  const note = /** @type {HTMLElement} */ (event.target);
  const box = /** @type {HTMLElement | null} */ (note.querySelector?.(":scope > .pop") ?? null);
  if (!box || !note.hasAttribute("open")) return;
  const anchor = note.getBoundingClientRect();
  box.style.position = "fixed";
  box.style.right = "auto";
  const left = Math.min(Math.max(anchor.right - box.offsetWidth, 8), root.clientWidth - box.offsetWidth - 8);
  const below = anchor.bottom + 6;
  const fits = below + box.offsetHeight < window.innerHeight;
  box.style.left = `${left}px`;
  box.style.top = `${fits ? below : Math.max(anchor.top - box.offsetHeight - 6, 8)}px`;
}
document.addEventListener("toggle", placeNote, true);
const closeNotes = () =>
  document.querySelectorAll("details.prov[open], details.cite[open]").forEach((note) => note.removeAttribute("open"));
window.addEventListener("scroll", closeNotes, { passive: true });

// One open provenance note at a time; Escape or a click elsewhere closes it.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.prov[open], details.cite[open]").forEach((note) => {
    if (!note.contains(/** @type {Node} */ (event.target))) note.removeAttribute("open");
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeNotes();
});

// Printing shows everything: open what is folded, and draw what was never scrolled to.
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("details:not(.prov, .cite)").forEach((details) => details.setAttribute("open", ""));
});

const plots = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-figure]")]);
plots.forEach((plot) => seen.observe(plot));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  plots.filter((plot) => plot.dataset.drawn === "yes").forEach((plot) => void draw(plot));
});
root.dataset.ready = "yes";
