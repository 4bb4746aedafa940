import type { Metric } from "../document"

/** Metrics chooses what the maps show. */
export function Metrics(p: { metrics: Metric[]; chosen: number; choose: (metric: number) => void }) {
  return (
    <fieldset class="metrics">
      <legend class="unseen">Show</legend>
      {p.metrics.map((metric, i) => (
        <label key={metric.id}>
          <input type="radio" name="metric" checked={i === p.chosen} onChange={() => p.choose(i)} />
          <span>{metric.name}</span>
        </label>
      ))}
    </fieldset>
  )
}
