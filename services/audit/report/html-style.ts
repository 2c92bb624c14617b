/** The look of a report's page. */
export const STYLE = `
:root { --bg: #fbfbfa; --card: #fff; --ink: #1d2126; --dim: #5d6670; --line: #e3e5e8;
  --failed: #c0392b; --degraded: #d99a1b; --state: #4a86b8; --clean: #d3dae0;
  --yes: #c0392b; --unknown: #a9b2bb; --no: #4f9d78; --band: #7fa8cc; --tick: #1d2126; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171a; --card: #1c2024; --ink: #e7eaed;
  --dim: #9aa4ae; --line: #30363c; --failed: #e5645a; --degraded: #e3b04b; --state: #6ca6d6;
  --clean: #3a434b; --yes: #e5645a; --unknown: #66717b; --no: #5fb58c; --band: #4f7fa8; --tick: #e7eaed; } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.25rem clamp(1rem, 4vw, 2.5rem) 3rem; max-width: 68rem;
  background: var(--bg); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: clamp(1.35rem, 4vw, 1.9rem); line-height: 1.2; margin: .5rem 0 }
h2 { font-size: 1.1rem; margin: 0 }
p { margin: .25rem 0 }
.range, .words, .legend, .axis, .top, small { color: var(--dim) }
.words, .legend, .axis, .top { font-size: .875rem }
.lead { font-size: 1.1rem; max-width: 46rem }
code { overflow-wrap: anywhere }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: 1rem clamp(.8rem, 3vw, 1.4rem); margin-top: 1rem }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin-top: 1rem }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem .9rem }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums }
.tiles span, .tiles small { display: block; font-size: .85rem }
.time { display: block; width: 100%; height: 11rem; border-bottom: 1px solid var(--line) }
.top { text-align: left; margin-top: .6rem }
.axis { display: flex; justify-content: space-between }
.legend { display: flex; flex-wrap: wrap; gap: .15rem 1rem; margin-top: .6rem }
.legend i { display: inline-block; width: .75rem; height: .75rem; margin-right: .35rem; border-radius: 2px; background: currentColor }
.legend i.p50 { width: 2px; background: var(--tick) } .legend i.max { width: 2px; background: var(--failed) }
.rows { margin-top: .6rem }
.row { display: grid; grid-template-columns: minmax(9rem, 17rem) 1fr 7.5rem; gap: .2rem .9rem; align-items: center;
  padding: .35rem 0; border-top: 1px solid var(--line) }
.row:first-child { border-top: 0 }
.row.waits { grid-template-columns: minmax(9rem, 17rem) 1fr 10rem }
.name { overflow-wrap: anywhere }
.name small, .value small { display: block; font-size: .8rem; line-height: 1.3 }
.value { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.bar { width: 100%; height: 1.1rem; background: color-mix(in srgb, var(--line) 45%, transparent); border-radius: 3px }
@media (max-width: 40rem) {
  .row, .row.waits { grid-template-columns: 1fr auto }
  .row .bar { grid-row: 2; grid-column: 1 / -1 }
  .time { height: 8rem }
}
rect.failed, i.failed { fill: var(--failed); background: var(--failed) !important }
rect.degraded, i.degraded { fill: var(--degraded); background: var(--degraded) !important }
rect.state, i.state { fill: var(--state); background: var(--state) !important }
rect.clean, i.clean { fill: var(--clean); background: var(--clean) !important }
rect.yes, i.yes { fill: var(--yes); background: var(--yes) !important }
rect.unknown, i.unknown { fill: var(--unknown); background: var(--unknown) !important }
rect.no, i.no { fill: var(--no); background: var(--no) !important }
rect.band, i.band { fill: var(--band); background: var(--band) !important }
line { stroke-width: 2px } line.p50 { stroke: var(--tick) } line.max { stroke: var(--failed) }
details { margin-top: .7rem; font-size: .875rem } summary { cursor: pointer; color: var(--dim) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; margin-top: .4rem; white-space: nowrap }
th, td { padding: .25rem .8rem .25rem 0; text-align: left; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums }
th { font-weight: 600 } .n { text-align: right }
`
