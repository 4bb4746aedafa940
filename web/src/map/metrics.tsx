import type { Metric } from "../document"

interface Props {
  /** name is that of the group, of which a page may have several. */
  name: string
  metrics: Metric[]
  chosen: number
  choose: (metric: number) => void
}

/** Metrics chooses what is shown. */
export function Metrics(p: Props) {
  return (
    <fieldset class="metrics">
      <legend class="unseen">Show</legend>
      {p.metrics.map((metric, i) => (
        <label key={metric.id}>
          <input type="radio" name={p.name} checked={i === p.chosen} onChange={() => p.choose(i)} />
          <span>{metric.name}</span>
        </label>
      ))}
    </fieldset>
  )
}
