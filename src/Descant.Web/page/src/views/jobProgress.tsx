import { useState } from "preact/hooks";
import { send, type Job } from "../api";
import { attempt, keepJob } from "../store";
import { list, plural, stageName, timeLeft } from "../words";

export function JobProgress({ job }: { job: Job }) {
  const [cancelling, setCancelling] = useState(false);
  const cancel = async (): Promise<void> => {
    setCancelling(true);
    const answer = await attempt(() => send<Job>("POST", `jobs/${job.id}/cancel`));
    if (answer !== undefined) keepJob(answer);
    setCancelling(false);
  };
  const percent = Math.floor(job.fraction * 100);
  const queued = job.state === "queued";
  const ahead = Math.max(0, (job.position ?? 1) - 1);
  return (
    <section class="job card" aria-labelledby="job-title">
      <div class="job-head">
        <div>
          <h2 id="job-title">{queued ? "In the queue" : stageName(job.stage)}</h2>
          <p class="muted small">{list(job.stemNames)}</p>
        </div>
        {!queued && <p class="percent number" aria-hidden="true">{percent}<span> %</span></p>}
      </div>
      <progress max={1} value={queued ? 0 : job.fraction} aria-label={queued ? "Waiting" : stageName(job.stage)} />
      <div class="job-foot">
        <p class="muted">
          {queued
            ? ahead === 0 ? "Next in line" : `${plural(ahead, "song")} before this one`
            : job.secondsLeft === null ? "Estimating the time left" : timeLeft(job.secondsLeft)}
        </p>
        <button class="secondary" disabled={cancelling} onClick={() => void cancel()}>Cancel</button>
      </div>
      <p class="visually-hidden" role="status">{queued ? `In the queue, ${ahead} before this one` : `${stageName(job.stage)}, ${Math.floor(percent / 10) * 10} percent`}</p>
    </section>
  );
}
