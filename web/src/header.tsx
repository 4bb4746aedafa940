import type { Run } from "./document"

/** Header says which run this is. */
export function Header({ run }: { run: Run }) {
  const facts = [run.when, run.engine, run.slo].filter((fact) => fact !== "")
  return (
    <header class="head">
      <h1>
        <bdi>{run.name}</bdi> · <bdi>{run.target}</bdi>
      </h1>
      <p>{facts.join(" · ")}</p>
      {run.unfinished !== "" && <p class="unfinished">{run.unfinished}</p>}
    </header>
  )
}
