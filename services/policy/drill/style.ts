/** How the drill's page looks: light and dark, from a phone's width on. */
export const STYLE = `
:root { --paper: #fbfaf8; --ink: #1d1f23; --dim: #5d626c; --line: #dcdad5; --card: #fff; --cool: #f1efea; --hot: #ee8a5f; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181c; --ink: #e8e6e1; --dim: #a2a6ae; --line: #353941; --card: #1f2228; --cool: #22262c; --hot: #b04a1e; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 86rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: clamp(1.5rem, 5vw, 2.2rem); line-height: 1.15; margin: .5rem 0; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .25rem; }
p { max-width: 68ch; margin: .5rem 0; color: var(--dim); }
p b, p strong { color: var(--ink); }
.cards { list-style: none; padding: 0; margin: 1.5rem 0; display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); }
.cards li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; }
.cards strong { display: block; font-size: 1.35rem; line-height: 1.2; }
.cards span { color: var(--dim); font-size: .9rem; }
.scroll { overflow-x: auto; margin: 1rem 0; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); }
table { border-collapse: separate; border-spacing: 2px; font-size: .85rem; font-variant-numeric: tabular-nums; padding: .5rem; min-width: 100%; }
th { text-align: left; font-weight: 500; }
thead th { color: var(--dim); vertical-align: bottom; padding: .2rem .4rem; }
th.up { padding: .2rem; }
th.up span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; max-height: 9rem; }
th.group { text-align: center; border-bottom: 2px solid var(--line); color: var(--ink); font-weight: 600; }
tbody th[scope] { position: sticky; left: 0; background: var(--card); padding: .25rem .5rem; min-width: 8.5rem; max-width: 16rem; z-index: 1; }
tr.band th { padding: .8rem .5rem .2rem; font-weight: 700; font-size: .95rem; }
tr.band span { position: sticky; left: .5rem; }
td { padding: .25rem .4rem; }
td.heat { min-width: 2.3rem; text-align: center; border-radius: .25rem;
  background: color-mix(in oklab, var(--hot) calc(var(--h) * 1%), var(--cool)); }
.pairs td.heat { min-width: 2rem; padding: .25rem .1rem; }
td.alone { outline: 2px solid var(--dim); outline-offset: -2px; }
td.wait { white-space: nowrap; color: var(--dim); }
td.flags { white-space: nowrap; color: var(--dim); }
code { font: .85em ui-monospace, monospace; }
tr.well th, tr.well td { padding-bottom: .5rem; }
.legend { font-size: .85rem; display: flex; align-items: center; gap: .6rem; }
.ramp { flex: none; width: 8rem; height: .8rem; border-radius: .3rem; background: linear-gradient(to right in oklab, var(--cool), var(--hot)); border: 1px solid var(--line); }
details { border: 1px solid var(--line); border-radius: .6rem; background: var(--card); margin: .5rem 0; padding: .5rem .9rem; }
summary { cursor: pointer; font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(0, 1fr); gap: .1rem; margin: .5rem 0; }
dt { margin-top: .5rem; overflow-wrap: anywhere; }
dd { margin: 0; color: var(--dim); overflow-wrap: anywhere; }
@media (max-width: 40rem) { tbody th[scope] { min-width: 6.5rem; max-width: 8rem; } table { font-size: .78rem; } }
`
