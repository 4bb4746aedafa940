import type { Share } from "../document"

/** SharesChart is how the load was shared out: a bar for each replica, with its part in words. */
export function SharesChart({ shares }: { shares: Share[] }) {
  const longest = Math.max(...shares.map((s) => s.share), 0)
  return (
    <ul class="shares" aria-label="Share of the load by replica">
      {shares.map((s) => (
        <li>
          <span class="who">{s.replica}</span>
          <span class="part">{s.text}</span>
          <svg aria-hidden="true" width="100%" height="8"><rect class="bar" width={`${longest > 0 ? (100 * s.share) / longest : 0}%`} height="8" rx="2" /></svg>
        </li>
      ))}
    </ul>
  )
}
