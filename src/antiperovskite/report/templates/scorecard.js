// @ts-check
// Filters the table by verdict and by words; the page reads without it. It never touches the network.

document.documentElement.classList.add("js");

/** @type {HTMLButtonElement[]} */
const buttons = [...document.querySelectorAll("button[data-verdict]")].map((b) => /** @type {HTMLButtonElement} */ (b));
/** @type {HTMLTableRowElement[]} */
const rows = [...document.querySelectorAll("tr[data-verdict]")].map((r) => /** @type {HTMLTableRowElement} */ (r));
const search = /** @type {HTMLInputElement} */ (document.getElementById("search"));
const shown = /** @type {HTMLElement} */ (document.getElementById("shown"));
const nothing = /** @type {HTMLElement} */ (document.getElementById("nothing"));
let verdict = "";

function update() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const text = row.dataset.text ?? "";
    const fits = (!verdict || row.dataset.verdict === verdict) && words.every((word) => text.includes(word));
    row.hidden = !fits;
    if (fits) count += 1;
  }
  shown.textContent = `${count} of ${rows.length} claims shown`;
  nothing.hidden = count > 0;
}

for (const button of buttons) {
  button.addEventListener("click", () => {
    verdict = button.dataset.verdict ?? "";
    for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    update();
  });
}
search.addEventListener("input", update);

/** A link to a claim must find it, whatever the filter hides. */
function reveal() {
  const row = rows.find((item) => `#${item.id}` === location.hash);
  if (!row?.hidden) return;
  search.value = "";
  buttons[0]?.click();
  row.scrollIntoView();
}
addEventListener("hashchange", reveal);
reveal();
