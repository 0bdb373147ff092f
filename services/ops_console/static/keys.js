// The keyboard: "/" searches, "g" and a letter opens a page, "j" and "k" go through rows, "?" tells all of it.
(() => {
  const ROWS = "main tbody tr a[href], main .group a[href], main .rows a[href]";
  let awaitsPage = false;
  const isTyping = (element) =>
    element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName);
  // The first link of each row: a row may have several.
  const rows = () => {
    const seen = new Set();
    return [...document.querySelectorAll(ROWS)].filter((link) => {
      const row = link.closest("tr, .group, .rows > *");
      return !seen.has(row) && seen.add(row);
    });
  };
  const move = (step) => {
    const links = rows();
    const row = document.activeElement.closest("tr, .group, .rows > *");
    const at = links.findIndex((link) => row && row.contains(link));
    links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
  };
  const help = () => document.getElementById("keys")?.showModal();
  const search = () => document.querySelector("main input[type=search], main .filters input")?.focus();
  const actions = { "/": search, "?": help, j: () => move(1), k: () => move(-1), g: () => (awaitsPage = true) };
  const open = (key) => document.querySelector(`nav a[data-key="${CSS.escape(key)}"]`)?.click();

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const act = awaitsPage ? () => open(event.key) : actions[event.key];
    awaitsPage = false;
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("click", (event) => event.target.id === "keys-open" && help());
})();
