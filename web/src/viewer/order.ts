import type { Entry } from "./api"

/** Column is what the list can be sorted by. */
export type Column = "name" | "when" | "target" | "answer" | "gate"

export interface Order {
  by: Column
  down: boolean
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" })

/** sorted puts what cannot be read at the end, whichever way the others are sorted. */
export function sorted(runs: Entry[], { by, down }: Order): Entry[] {
  const turn = down ? -1 : 1
  return [...runs].sort((a, b) => Number(unread(a)) - Number(unread(b)) || turn * collator.compare(key(a, by), key(b, by)))
}

const unread = (run: Entry) => run.error !== "" || run.pending

function key(run: Entry, by: Column): string {
  switch (by) {
    case "name":
      return `${run.name} ${run.dir}`
    case "when":
      return run.created ?? run.changed ?? ""
    case "target":
      return run.target
    case "answer":
      return run.answer.join(" ")
    case "gate":
      return run.gate.state
  }
}

/** matches tells whether all words of a filter occur in a run. */
export function matches(run: Entry, filter: string): boolean {
  const text = [run.dir, run.name, run.target, run.slo, run.when, run.gate.text, run.unfinished, run.error, ...run.answer].join(" ").toLowerCase()
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
