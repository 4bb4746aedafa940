import { useCallback, useEffect, useState } from "preact/hooks"
import type { Gate, PageDocument } from "../document"

// What `swarmgrid view` answers: internal/web says what everything means.

export interface RunList {
  runs: Entry[]
  problems: string[]
  pending: boolean
}

export interface Entry {
  id: string
  dir: string
  changed: string | null
  pending: boolean
  error: string
  name: string
  target: string
  slo: string
  created: string | null
  when: string
  answer: string[]
  gate: Gate
  unfinished: string
}

export const listPath = "api/runs"
export const runPath = (id: string) => `api/runs/${encodeURIComponent(id)}`

async function ask<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { signal }).catch((error: unknown) => {
    if (signal.aborted) throw error
    throw new Error("The viewer does not answer. Does swarmgrid view still run?")
  })
  const body: unknown = await response.json().catch(() => null)
  if (response.ok && body !== null) return body as T
  throw new Error(errorIn(body) ?? `The viewer answered ${response.status} ${response.statusText}`)
}

function errorIn(body: unknown): string | null {
  return body !== null && typeof body === "object" && "error" in body && typeof body.error === "string" ? body.error : null
}

/** Asked is what has come of a question so far. */
export interface Asked<T> {
  answer: T | null
  error: string
  again: () => void
}

/** useAsked asks for a path. What was answered last stays until there is another answer. */
export function useAsked<T>(path: string): Asked<T> {
  const [state, set] = useState<{ path: string; answer: T | null; error: string }>({ path, answer: null, error: "" })
  const [times, count] = useState(0)
  useEffect(() => {
    const control = new AbortController()
    ask<T>(path, control.signal).then(
      (answer) => set({ path, answer, error: "" }),
      (error: unknown) => {
        if (!control.signal.aborted) set({ path, answer: null, error: String(error instanceof Error ? error.message : error) })
      },
    )
    return () => control.abort()
  }, [path, times])
  const again = useCallback(() => count((n) => n + 1), [])
  return state.path === path ? { ...state, again } : { answer: null, error: "", again }
}

export const useRun = (id: string) => useAsked<PageDocument>(runPath(id))
