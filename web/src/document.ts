// The document that a page shows: internal/page/document.go says what everything means.

export interface PageDocument {
  version: number
  run: Run
  answer: Answer
  metrics: Metric[]
  rows: Row[]
  maps: Map[]
  curves: Curves
  details: Detail[]
  sections: Section[]
  doubts: Doubts
  method: Fact[]
  experiment: string | null
  left: string
}

export interface Run {
  id: string
  name: string
  target: string
  load: string
  engine: string
  created: string
  finished: string | null
  when: string
  unfinished: string
  slo: string
}

export interface Answer {
  title: string
  lines: Line[]
  gate: Gate
  spent: string
  search: string[]
  load: Load
}

export interface Line {
  text: string
  why: string
  doubt: string
  state: string
  backed_by: number[]
}

export interface Gate {
  state: string
  text: string
}

export interface Load {
  min: number
  max: number
  steps: Step[]
  below: string
  beyond: string
}

export interface Step {
  from: number
  to: number
  replicas: number | null
  text: string
  inferred: boolean
  doubtful: boolean
  row: number | null
}

export interface Metric {
  id: string
  name: string
  unit: string
  bound: number | null
  bound_text: string
  less: boolean
}

export interface Row {
  replicas: number
  workers: number
  users: number
  round: number
  name: string
  role: string
  state: State
  status: string
  values: (Value | null)[]
  why: string[]
  notes: number[]
}

export interface Value {
  v: number
  low: number | null
  high: number | null
  text: string
  heat: number | null
}

export interface Map {
  title: string
  replicas: number[]
  users: number[]
  cells: Cell[]
  frontier: Edge[]
}

export interface Cell {
  state: State
  row: number | null
  text: string
}

export interface Edge {
  x1: number
  y1: number
  x2: number
  y2: number
}

export interface Curves {
  throughput: number
  latencies: number[]
  lines: CurveLine[]
  models: string
  sizes: Size[]
}

export interface CurveLine {
  replicas: number
  rows: number[]
  knee: Knee | null
  model: ModelCurve | null
}

export interface Knee {
  users: number
  text: string
}

export interface ModelCurve {
  users: number[]
  rps: number[]
  latency: number[]
  latency_of: number | null
}

export interface Size {
  replicas: number
  efficiency: number | null
  capacity: string
  efficiency_text: string
  gain: string
  cpu: string
  limits: string
}

export interface Detail {
  attempts: Attempt[]
  distribution: Distribution | null
  endpoints: Endpoint[]
  errors: Failure[]
  shares: Share[]
  shares_text: string
  facts: Fact[]
}

export interface Attempt {
  attempt: number
  counts: boolean
  status: string
  reasons: Reason[]
  started: string | null
  finished: string | null
  series: Series | null
  series_text: string
}

export interface Reason {
  text: string
  id: string
  remedy: string
  invalid: boolean
}

export interface Series {
  t: number[]
  bucket_s: number
  columns: Column[]
  phases: Phase[]
  events: Event[]
}

export interface Column {
  id: string
  name: string
  unit: string
  values: (number | null)[]
  bound: number | null
}

export interface Phase {
  name: string
  from: number
  to: number
}

export interface Event {
  at: number
  text: string
}

export interface Distribution {
  percentiles: number[]
  ms: number[]
}

export interface Endpoint {
  name: string
  requests: number
  failures: number
  failed: string
  p50: string
  p95: string
  p99: string
  under_way: string
}

export interface Failure {
  task: string
  text: string
  count: number
  first: string
  last: string
  unsent: boolean
}

export interface Share {
  replica: string
  share: number
  text: string
}

export interface Section {
  id: string
  title: string
  texts: string[]
  header: string[]
  table: string[][]
}

export interface Doubts {
  notes: Note[]
  general: string[]
  remedies: Fact[]
}

export interface Note {
  text: string
  rows: number[]
}

export interface Fact {
  name: string
  text: string
}

export type State = "pass" | "fail" | "borderline" | "no_data" | "invalid" | "error" | "skipped" | "measured" | "inferred_pass" | "inferred_fail" | "inferred_borderline" | "open" | "absent"
