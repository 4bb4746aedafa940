import { useState } from "preact/hooks"
import type { Load, PageDocument, Row, Step } from "./document"
import { RowLink } from "./row-link"
import { Sign } from "./sign"
import { stepAt } from "./step"

/** ExpectedLoad reads the answer for a load off the frontier, as far as that was measured. */
export function ExpectedLoad({ doc }: { doc: PageDocument }) {
  const { load } = doc.answer
  const [users, set] = useState(() => startOf(load))
  const change = (event: { currentTarget: HTMLInputElement }) => {
    const value = event.currentTarget.valueAsNumber
    if (Number.isFinite(value)) set(value)
  }
  return (
    <div class="load">
      <label class="question" for="expected">
        What load do you expect?
      </label>
      <span class="entry">
        <input id="expected" type="number" min={0} step={1} value={users} onInput={change} /> users
      </span>
      <div class="dial">
        <input type="range" aria-label="Expected users" min={load.min} max={load.max} value={users} onInput={change} />
        <Strip load={load} at={stepAt(load, users)} choice={doc.maps.some((map) => map.replicas.length > 1)} />
      </div>
      <output class="reading" for="expected">
        <Reading load={load} users={users} rows={doc.rows} />
      </output>
    </div>
  )
}

/** It begins at the most users that are known to pass. */
function startOf(load: Load): number {
  return load.steps.findLast((step) => step.replicas !== null)?.to ?? load.max
}

function Reading({ load, users, rows }: { load: Load; users: number; rows: Row[] }) {
  const step = stepAt(load, users)
  if (step === "below") return <span class="outside">{load.below}</span>
  if (step === "beyond") return <span class="outside">{load.beyond}</span>
  const row = step.row === null ? undefined : rows[step.row]
  return (
    <>
      <strong>{step.text}</strong> {step.replicas !== null && <Basis inferred={step.inferred} />}
      {step.doubtful && <span class="basis doubtful">in doubt</span>}
      {row && <RowLink row={row} />}
    </>
  )
}

function Basis({ inferred }: { inferred: boolean }) {
  return inferred ? <span class="basis inferred">inferred</span> : <span class="basis">measured</span>
}

/** Strip shows under the slider how many replicas each part of it needs, or what passes where there
 * is no choice of replicas; of many parts only where they are. */
function Strip({ load, at, choice }: { load: Load; at: Step | string; choice: boolean }) {
  const many = load.steps.length > 16
  return (
    <div class={many ? "strip many" : "strip"} aria-hidden="true">
      {load.steps.map((step) => (
        <span key={step.to} class={`${kindOf(step)}${step === at ? " on" : ""}`} style={{ flexGrow: step.to - Math.max(step.from, load.min) }}>
          {!many && (step.replicas === null ? "–" : choice ? `${step.doubtful ? "≈ " : ""}${step.replicas}` : <Sign state="pass" />)}
        </span>
      ))}
    </div>
  )
}

function kindOf(step: Step): string {
  if (step.replicas === null) return "unknown"
  return step.inferred ? "inferred" : "measured"
}
