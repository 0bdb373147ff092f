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
  // What is loaded anew by itself (data-live) is old where that fails, and the page says since when.
  let lastAnswer = new Date();
  const fresh = (yes) => {
    const stale = document.getElementById("stale");
    if (!stale) return;
    if (yes) lastAnswer = new Date();
    const time = stale.querySelector("time");
    time.dateTime = lastAnswer.toISOString();
    delete time.dataset.local;
    stale.hidden = yes;
    show(stale);
  };
  const isLive = (event) => event.detail.target?.dataset.live !== undefined;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isLive(event)) return;
    event.detail.shouldSwap = event.detail.xhr.status === 200;
    fresh(event.detail.shouldSwap);
  });
  for (const failure of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => isLive(event) && fresh(false));
  }
  // Another page that came by a link has its own time.
  document.addEventListener("htmx:load", (event) => {
    if (event.target === document.body) lastAnswer = new Date();
    show(event.target);
  });
  document.addEventListener("DOMContentLoaded", () => show(document));
})();
