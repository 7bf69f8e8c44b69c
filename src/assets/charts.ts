/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Moves the focus through the days of a chart with the arrow keys, Home and End. Tab goes to the day that had it last. */
export function walkCharts(): void {
  document.addEventListener("keydown", (event) => {
    const day = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-day]") : null;
    if (!day) return;
    const days = [...(day.closest("ol")?.querySelectorAll<HTMLElement>("[data-day]") ?? [])];
    const at = days.indexOf(day);
    const places = new Map([
      ["ArrowLeft", at - 1],
      ["ArrowRight", at + 1],
      ["Home", 0],
      ["End", days.length - 1],
    ]);
    const next = days[places.get(event.key) ?? -1];
    if (!next) return;
    event.preventDefault();
    day.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}
