// Times are written in UTC; this shows them in the reader's own zone and language.
(() => {
  const show = (root) => {
    const page = document.documentElement.lang;
    const language = navigator.language.startsWith(page) ? navigator.language : page;
    const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
    for (const element of root.querySelectorAll("time[datetime]:not([data-local])")) {
      element.title = element.dateTime;
      element.textContent = format.format(new Date(element.dateTime));
      element.dataset.local = "yes";
    }
    for (const hint of document.querySelectorAll("footer .hint")) hint.hidden = true;
  };
  // The overview lives: figures that could not be fetched anew are old, and say so.
  const fresh = (yes) => {
    const stale = document.getElementById("stale");
    if (stale) stale.hidden = yes;
  };
  const isLive = (event) => event.detail.target?.id === "live";
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isLive(event)) return;
    event.detail.shouldSwap = event.detail.xhr.status === 200;
    fresh(event.detail.shouldSwap);
  });
  for (const failure of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => isLive(event) && fresh(false));
  }
  document.addEventListener("DOMContentLoaded", () => show(document));
  document.addEventListener("htmx:load", (event) => show(event.target));
})();
