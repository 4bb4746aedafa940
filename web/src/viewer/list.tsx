import { useEffect, useMemo } from "preact/hooks"
import { listPath, useAsked, type RunList } from "./api"
import { Frame, Trouble, Waiting } from "./frame"
import { compareHash } from "./route"
import { matches, sorted, type Order } from "./order"
import { RunTable } from "./runtable"

/** Look is how the list is looked at. */
export interface Look {
  order: Order
  filter: string
  picked: string[]
}

interface Props {
  look: Look
  change: (some: Partial<Look>) => void
}

/** ListView is all runs, two of which can be picked. */
export function ListView(props: Props) {
  const { answer, error, again } = useAsked<RunList>(listPath)
  useEffect(() => {
    // Those that were not read yet take some time, and so does the answer.
    if (answer?.pending) again()
  }, [answer, again])
  return (
    <Frame title="Runs" back={false}>
      {error ? <Trouble error={error} again={again} /> : answer ? <Runs list={answer} {...props} /> : <Waiting for="the runs" />}
    </Frame>
  )
}

function Runs({ list, look, change }: Props & { list: RunList }) {
  const { order, filter, picked } = look
  const found = useMemo(() => sorted(list.runs.filter((run) => matches(run, filter)), order), [list, filter, order])
  const known = picked.filter((id) => list.runs.some((run) => run.id === id))
  const pick = (id: string, on: boolean) => change({ picked: on ? [...known, id] : known.filter((other) => other !== id) })
  return (
    <>
      {list.problems.map((problem, i) => (
        <p key={i} class="problem">
          {problem}
        </p>
      ))}
      <div class="tools">
        <label>
          <span>Filter</span>
          <input type="search" value={filter} onInput={(e) => change({ filter: e.currentTarget.value })} />
        </label>
        <Compare picked={known} />
      </div>
      <p class={list.pending ? "quiet pending" : "quiet"} role="status">
        {count(found.length, list.runs.length)}
        {list.pending && "; some are still being read"}
      </p>
      {found.length > 0 && <RunTable runs={found} order={order} sort={(order) => change({ order })} picked={known} pick={pick} />}
    </>
  )
}

function Compare({ picked }: { picked: string[] }) {
  const [a, b] = picked
  const ready = a !== undefined && b !== undefined && picked.length === 2
  return (
    <button type="button" disabled={!ready} onClick={() => ready && location.assign(compareHash(a, b))}>
      {ready ? "Compare the two" : `Compare: pick ${picked.length === 1 ? "one more" : "two"}`}
    </button>
  )
}

function count(found: number, all: number): string {
  const runs = (n: number) => (n === 1 ? "1 run" : `${n} runs`)
  return found === all ? runs(all) : `${found} of ${runs(all)}`
}
