// Small improvements for pages that work without any of them.

/** A form sent twice in a hurry goes once; after a while it may be sent again, since the first may have got lost. */
const RETRY_AFTER = 8000;

function guardAgainstDoubleSubmit(): void {
  const sent = new WeakMap<HTMLFormElement, { at: number; by: HTMLElement | null }>();
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const last = sent.get(form);
    // Another button of the same form (the language switch, say) is another wish.
    if (last && last.by === event.submitter && Date.now() - last.at < RETRY_AFTER) {
      event.preventDefault();
      return;
    }
    sent.set(form, { at: Date.now(), by: event.submitter });
    setTimeout(() => sent.delete(form), RETRY_AFTER);
  });
  // A page taken out of the back-forward cache still remembers that it was sent.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.forms) sent.delete(form);
  });
}

/** Long text that was not sent is asked about before the page goes. */
function guardLongText(): void {
  const areas = document.querySelectorAll<HTMLTextAreaElement>("textarea[data-guard]");
  if (!areas.length) return;
  const cameBack = document.querySelector("[data-error-summary]") !== null;
  const unsent = (area: HTMLTextAreaElement): boolean =>
    area.value.trim().length > 20 && (cameBack || area.value !== area.defaultValue);
  let sending = false;
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) sending = true;
  });
  window.addEventListener("pageshow", () => (sending = false));
  window.addEventListener("beforeunload", (event) => {
    if (!sending && [...areas].some(unsent)) event.preventDefault();
  });
}

const pounds = (pence: number): string => {
  const whole = Math.trunc(pence / 100).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return pence % 100 ? `£${whole}.${String(pence % 100).padStart(2, "0")}` : `£${whole}`;
};

/**
 * <form data-ballot data-limit="pence" data-most="number"> with checkboxes [data-cost="pence"] and one
 * [data-ballot-total] that carries the sentences of the page's language: data-text-total and data-text-over,
 * with {chosen}, {most}, {spent}, {left} and {over} in them. The server checks the limits; this only tells.
 */
function keepBallotTotal(form: HTMLFormElement): void {
  const line = form.querySelector<HTMLElement>("[data-ballot-total]");
  if (!line) return;
  const limit = Number(form.dataset.limit ?? Infinity);
  const most = Number(form.dataset.most ?? Infinity);
  const tell = (): void => {
    const costs = [...form.querySelectorAll<HTMLInputElement>("input[data-cost]:checked")].map((box) =>
      Number(box.dataset.cost),
    );
    const spent = costs.reduce((sum, cost) => sum + cost, 0);
    const over = spent > limit || costs.length > most;
    const words: Record<string, string> = {
      chosen: String(costs.length),
      most: String(most),
      spent: pounds(spent),
      left: pounds(Math.max(0, limit - spent)),
      over: pounds(Math.max(0, spent - limit)),
    };
    const sentence = (over && line.dataset.textOver) || line.dataset.textTotal || "";
    line.textContent = sentence.replace(/\{(\w+)\}/g, (all, word: string) => words[word] ?? all);
    line.closest(".ballot-total")?.classList.toggle("ballot-total--over", over);
  };
  form.addEventListener("change", tell);
  window.addEventListener("pageshow", tell);
}

guardAgainstDoubleSubmit();
guardLongText();
document.querySelectorAll<HTMLFormElement>("form[data-ballot]").forEach(keepBallotTotal);
document.querySelector<HTMLElement>("[data-error-summary]")?.focus();
