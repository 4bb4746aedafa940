import { useState } from "preact/hooks"
import type { Attempt, Reason } from "../document"
import { Seconds } from "./seconds"

/** Attempts are the measurements of a scenario, one at a time; first the one that counts. */
export function Attempts({ attempts, id }: { attempts: Attempt[]; id: string }) {
  const [chosen, choose] = useState(() => deciding(attempts))
  const attempt = attempts[chosen]
  if (!attempt) return null
  return (
    <div class="attempts">
      {attempts.length > 1 && <Tabs attempts={attempts} chosen={chosen} choose={choose} id={id} />}
      <div {...(attempts.length > 1 && { role: "tabpanel", id: `${id}-panel`, "aria-labelledby": `${id}-tab-${chosen}` })}>
        <About attempt={attempt} alone={attempts.length === 1} />
        {attempt.series && <Seconds series={attempt.series} />}
        {attempt.series_text && <p class="chart-note">Second by second: {attempt.series_text}.</p>}
      </div>
    </div>
  )
}

function deciding(attempts: Attempt[]): number {
  const counting = attempts.map((a) => a.counts).lastIndexOf(true)
  return counting < 0 ? attempts.length - 1 : counting
}

interface TabsProps {
  attempts: Attempt[]
  chosen: number
  choose: (i: number) => void
  id: string
}

// One stop of the tab key; the arrow keys choose.
function Tabs({ attempts, chosen, choose, id }: TabsProps) {
  const steer = (e: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key]
    if (!by) return
    e.preventDefault()
    const to = (chosen + by + attempts.length) % attempts.length
    choose(to)
    document.getElementById(`${id}-tab-${to}`)?.focus()
  }
  return (
    <div class="choice" role="tablist" aria-label="Attempts" onKeyDown={steer}>
      {attempts.map((a, i) => (
        <button
          key={a.attempt}
          type="button"
          role="tab"
          id={`${id}-tab-${i}`}
          aria-selected={i === chosen}
          aria-controls={`${id}-panel`}
          tabIndex={i === chosen ? 0 : -1}
          onClick={() => choose(i)}
        >
          Attempt {a.attempt}: {a.status}
        </button>
      ))}
    </div>
  )
}

function About({ attempt, alone }: { attempt: Attempt; alone: boolean }) {
  return (
    <>
      <p class="chart-note">
        {alone ? `One attempt, ${attempt.status}` : `Attempt ${attempt.attempt}, ${attempt.counts ? "which counts" : "which does not count"}`}
        {attempt.started && <>, begun <time dateTime={attempt.started}>{clock(attempt.started)}</time></>}
        {attempt.finished && <>, ended <time dateTime={attempt.finished}>{clock(attempt.finished)}</time></>} UTC.
      </p>
      {attempt.reasons.length > 0 && <ul class="reasons">{attempt.reasons.map((r) => <Why reason={r} />)}</ul>}
    </>
  )
}

function Why({ reason }: { reason: Reason }) {
  return (
    <li>
      <b>{reason.invalid ? "INVALID" : "Doubt"}{reason.id && ` ${reason.id}`}:</b> {reason.text}
      {reason.remedy && <><br /><span class="remedy">What would help: {reason.remedy}</span></>}
    </li>
  )
}

const clock = (iso: string) => iso.slice(11, 19)
