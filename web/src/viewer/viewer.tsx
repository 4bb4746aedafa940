import { useState } from "preact/hooks"
import { CompareView } from "./compare"
import { ListView, type Look } from "./list"
import { useRoute } from "./route"
import { RunView } from "./run"
import "./viewer.css"

/** Viewer is the page without a document of its own: it asks `swarmgrid view` for runs. */
export function Viewer() {
  const route = useRoute()
  // How the list is looked at stays while one looks at a run.
  const [look, setLook] = useState<Look>({ order: { by: "when", down: true }, filter: "", picked: [] })
  switch (route.kind) {
    case "run":
      return <RunView key={route.id} id={route.id} />
    case "compare":
      return <CompareView key={`${route.a}/${route.b}`} a={route.a} b={route.b} />
    case "list":
      return <ListView look={look} change={(some) => setLook((all) => ({ ...all, ...some }))} />
  }
}
