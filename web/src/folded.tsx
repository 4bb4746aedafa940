import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"

interface Props {
  summary: string
  /** The children are made when they are first looked at: a table may have 10,000 cells. */
  children: () => ComponentChildren
  class?: string
}

/** Folded is something that only some want to see. */
export function Folded({ summary, children, class: name = "" }: Props) {
  const [seen, see] = useState(false)
  return (
    <details class={`folded ${name}`} onToggle={() => see(true)}>
      <summary>{summary}</summary>
      {seen && children()}
    </details>
  )
}
