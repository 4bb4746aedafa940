// Bundles src/ into the two files that internal/page embeds. The same sources give the same
// bytes: `make verify` builds again and fails on a difference.
import { readFileSync } from "node:fs"
import { build } from "esbuild"

// What is in the bundle asks that its licence goes with it.
const licences = ["preact", "uplot"].map((name) => {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"))
  return `${name} ${version}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}`
})

await build({
  entryPoints: { app: "src/main.tsx" },
  outdir: "../internal/page/dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: `/*\n${licences.join("\n\n")}\n*/` },
  logLevel: "warning",
})
