import { render } from "preact"
import type { PageDocument } from "./document"
import { Page } from "./page"
import "./style.css"
import { Viewer } from "./viewer/viewer"

// A report has its document with it; `swarmgrid view` serves the same page with null instead.
const text = document.getElementById("document")?.textContent ?? "null"
const doc = JSON.parse(text) as PageDocument | null
const root = document.getElementById("page")
if (root) render(doc ? <Page doc={doc} /> : <Viewer />, root)
