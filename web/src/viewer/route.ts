import { useEffect, useRef, useState } from "preact/hooks"

// Where one is in the viewer is in the address's hash: #/ is the list, #/compare/A/B two runs
// side by side, #/run/ID one run, and #/run/ID?r=2&w=4&u=400 or #/run/ID?doubts a place in it.

/** Route is what the viewer shows. */
export type Route =
  | { kind: "list" }
  | { kind: "run"; id: string }
  | { kind: "compare"; a: string; b: string }

export const listHash = "#/"
export const runHash = (id: string) => `#/run/${encodeURIComponent(id)}`
export const compareHash = (a: string, b: string) => `#/compare/${encodeURIComponent(a)}/${encodeURIComponent(b)}`

/** routeOf reads a hash; null is for a place within what is shown, as #doubts. */
export function routeOf(hash: string): Route | null {
  const [path = ""] = hash.split("?")
  if (path === "" || path === "#") return { kind: "list" }
  if (!path.startsWith("#/")) return null
  const [kind, a, b, ...more] = path.slice(2).split("/").map(plain)
  if (kind === "run" && a && b === undefined) return { kind, id: a }
  if (kind === "compare" && a && b && more.length === 0) return { kind, a, b }
  return { kind: "list" }
}

/** plain undoes encodeURIComponent; what it did not make stays as it is. */
function plain(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** placeIn is the id of the block that a hash leads to, if it is not a row. */
export function placeIn(hash: string): string | null {
  const place = hash.split("?")[1] ?? ""
  return place === "" || place.includes("=") ? null : plain(place)
}

/** useRoute follows the hash. A page's own links lead within it: the run is put before them. */
export function useRoute(): Route {
  const [route, set] = useState<Route>(() => routeOf(location.hash) ?? { kind: "list" })
  const shown = useRef(route)
  useEffect(() => {
    const follow = () => {
      const next = routeOf(location.hash)
      if (next === null) {
        const at = shown.current
        if (at.kind === "run") history.replaceState(null, "", `${runHash(at.id)}?${location.hash.slice(1)}`)
        return
      }
      if (same(shown.current, next)) return
      shown.current = next
      set(next)
    }
    addEventListener("hashchange", follow)
    return () => removeEventListener("hashchange", follow)
  }, [])
  return route
}

const same = (a: Route, b: Route) => JSON.stringify(a) === JSON.stringify(b)
