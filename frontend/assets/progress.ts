// Follows a job: <div data-poll="/address"> holding a <progress> and a [role=status].

interface Report {
  percent: number | null;
  text: string;
  done: boolean;
  url?: string;
}

const EVERY = 1000;
const AT_MOST = 10000;

function follow(box: HTMLElement, address: string): void {
  const bar = box.querySelector("progress");
  const line = box.querySelector<HTMLElement>("[role=status]");
  let wait = EVERY;

  const look = async (): Promise<void> => {
    try {
      const answer = await fetch(address, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const report = (await answer.json()) as Report;
      if (report.done) {
        if (report.url) location.assign(report.url);
        else location.reload();
        return;
      }
      if (bar && report.percent !== null) bar.value = report.percent;
      // A live region is read out whenever it is written to: write only what changed.
      if (line && line.textContent !== report.text) line.textContent = report.text;
      wait = EVERY;
    } catch {
      wait = Math.min(wait * 2, AT_MOST);
    }
    setTimeout(look, wait);
  };
  setTimeout(look, wait);
}

document.querySelectorAll<HTMLElement>("[data-poll]").forEach((box) => follow(box, box.dataset.poll ?? ""));
