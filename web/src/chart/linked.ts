// Charts of one attempt share their cursor and their part of the time axis.

export interface Shared {
  /** The index of the second under the cursor; null for none. */
  at: number | null
  /** The seconds in view; null for all. */
  range: [number, number] | null
}

/** Linked tells every chart what one of them was told. */
export class Linked {
  state: Shared = { at: null, range: null }
  private readonly listeners = new Set<(s: Shared) => void>()

  listen(f: (s: Shared) => void): () => void {
    this.listeners.add(f)
    return () => this.listeners.delete(f)
  }

  point(at: number | null) {
    if (at !== this.state.at) this.set({ ...this.state, at })
  }

  zoom(range: [number, number] | null) {
    const [a, b] = [this.state.range, range]
    if (a?.[0] !== b?.[0] || a?.[1] !== b?.[1]) this.set({ ...this.state, range })
  }

  private set(state: Shared) {
    this.state = state
    for (const f of this.listeners) f(state)
  }
}
