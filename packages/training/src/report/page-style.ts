/** Warm paper by day, deep plum by night, as the project's own page; letters of the system, contrasts of AA. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#faf8f5, #141019);
  --card: light-dark(#ffffff, #1d1824);
  --ink: light-dark(#221b2b, #f3eff6);
  --faint: light-dark(#625a6d, #b3aabd);
  --line: light-dark(#e6e0e8, #383040);
  --accent: light-dark(#8c2981, #f7a27a);
  --second: light-dark(#857c90, #8f869b);
  --alarm: light-dark(#c8502d, #ff6f61);
  --tint: light-dark(#f5ebf3, #2b2131);
  font: 16px / 1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", sans-serif;
}
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
h1, h2, h3, p, ol, ul, dl, dd, figure { margin: 0; padding: 0; }
ol, ul { list-style: none; }
header, main, footer { width: min(100% - 2.5rem, 68rem); margin-inline: auto; }
header { display: grid; gap: 0.5rem; padding-block: 3rem 2rem; }
main { display: grid; gap: 1.5rem; }
footer { padding-block: 2.5rem 3rem; color: var(--faint); font-size: 0.875rem; }
h1 { font-size: clamp(1.5rem, 1.1rem + 1.8vw, 2.125rem); font-weight: 650; line-height: 1.2; letter-spacing: -0.02em; text-wrap: balance; }
h2 { font-size: 1.0625rem; font-weight: 650; letter-spacing: -0.005em; }
h3 { font-size: 0.9375rem; font-weight: 600; }
bdi, td, th, li, dd { overflow-wrap: anywhere; }
.lead { max-width: 46rem; color: var(--faint); }
.note { color: var(--faint); font-size: 0.9375rem; max-width: 46rem; }
section { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; padding: 1.5rem; border: 1px solid var(--line); border-radius: 14px; background: var(--card); }

.key-figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 1.5rem; margin-top: 1.5rem; }
.key-figures div { display: flex; max-width: 13rem; flex-direction: column-reverse; justify-content: flex-end; padding-top: 0.75rem; border-top: 1px solid var(--line); }
.key-figures dt { color: var(--faint); font-size: 0.875rem; }
.key-figures dd { font-size: 1.625rem; font-weight: 600; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: 2rem 2.5rem; }
.chart { display: grid; grid-template-rows: auto 1fr; gap: 0.75rem; min-width: 0; }
figcaption { display: grid; gap: 0.15rem; }
.key { display: flex; flex-wrap: wrap; gap: 0 1.1rem; color: var(--faint); font-size: 0.875rem; }
.key b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
.key li::before { content: ""; display: inline-block; width: 0.9rem; height: 0; margin-right: 0.4rem; border-top: 2.5px solid var(--accent); border-radius: 2px; vertical-align: 0.28em; }
.key .second::before { border-top: 2px dashed var(--second); }
.plot { display: grid; grid-template: 11rem 1.5rem / 3rem minmax(0, 1fr); }
.values, .epochs { position: relative; color: var(--faint); font-size: 0.75rem; font-variant-numeric: tabular-nums; }
.values span { position: absolute; right: 0.6rem; transform: translateY(-50%); white-space: nowrap; }
.epochs { grid-column: 2; }
.epochs span { position: absolute; top: 0.4rem; transform: translateX(-50%); }
svg { width: 100%; height: 100%; overflow: visible; }
path { fill: none; vector-effect: non-scaling-stroke; }
.grid { stroke: var(--line); }
path.chosen { stroke: var(--accent); stroke-width: 1.5; stroke-dasharray: 1 4; stroke-linecap: round; }
rect.chosen { fill: var(--tint); }
.line { stroke-width: 2.25; stroke-linecap: round; stroke-linejoin: round; }
.line.first { stroke: var(--accent); }
.line.second { stroke: var(--second); stroke-width: 1.75; stroke-dasharray: 5 4; }
.points .line { stroke-width: 8; }

.scroll { overflow-x: auto; max-width: 100%; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
table { border-collapse: collapse; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
th { font-weight: 500; text-align: left; }
.figures { width: 100%; }
.figures th, .figures td { padding: 0.4rem 0.75rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
.figures thead th { color: var(--faint); font-size: 0.8125rem; }
.figures tr > :first-child { padding-left: 0; min-width: 8rem; text-align: left; white-space: normal; }
.figures tr > :last-child { padding-right: 0; }
.figures tbody tr:last-child > * { border-bottom: 0; }
.share::after { content: ""; display: block; width: 4.5rem; height: 3px; margin: 0.15rem 0 0.15rem auto; border-radius: 2px; background: linear-gradient(to right, var(--accent) calc(var(--share) * 1%), var(--line) 0); }
.confusion { border-spacing: 2px; border-collapse: separate; }
.confusion td { min-width: 2.25rem; height: 2.25rem; padding: 0 0.2rem; border-radius: 4px; background: color-mix(in oklab, var(--line) 35%, transparent); text-align: center; font-size: 0.875rem; }
.confusion thead td { background: none; }
.confusion .right { background: color-mix(in oklab, var(--accent) calc(8% + var(--share) * 0.37%), var(--card)); font-weight: 600; }
.confusion .wrong { background: color-mix(in oklab, var(--alarm) calc(12% + var(--share) * 0.38%), var(--card)); }
.confusion th { color: var(--faint); font-size: 0.8125rem; }
.confusion [scope="row"] { position: sticky; left: 0; min-width: 6rem; max-width: 12rem; padding-right: 0.75rem; overflow: hidden; background: var(--card); text-align: right; text-overflow: ellipsis; white-space: nowrap; }
.confusion [scope="col"] { padding: 0 0 0.4rem; vertical-align: bottom; }
.confusion [scope="col"] span { display: block; max-height: 6.5rem; margin: auto; overflow: hidden; transform: rotate(180deg); writing-mode: vertical-rl; text-overflow: ellipsis; white-space: nowrap; line-height: 2.25rem; }
.confusions { display: flex; flex-wrap: wrap; gap: 1.5rem 3rem; }
.pairs { flex: 1 1 16rem; align-self: end; }
.pairs h3 { margin-bottom: 0.4rem; }
.pairs li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding-block: 0.3rem; border-top: 1px solid var(--line); font-size: 0.9375rem; }
.pairs span { color: var(--faint); font-variant-numeric: tabular-nums; }

.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18.5rem), 1fr)); gap: 1rem; }
.mistakes li { display: grid; align-content: space-between; gap: 0.75rem; padding: 0.9rem 1rem; border-radius: 10px; background: var(--paper); font-size: 0.9375rem; }
.mistakes dl { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0 0.75rem; }
.mistakes dl div { display: contents; }
.mistakes dt { color: var(--faint); }
.mistakes dd { font-weight: 600; }
.mistakes dd + dd { font-weight: 400; font-variant-numeric: tabular-nums; }
.mistakes p { color: var(--faint); font-size: 0.8125rem; }
audio { display: block; width: 100%; height: 2.5rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 0.9rem 2rem; font-size: 0.9375rem; }
.facts dt { color: var(--faint); font-size: 0.8125rem; }
.plain { display: grid; gap: 0.35rem; font-size: 0.9375rem; }
summary { cursor: pointer; width: fit-content; color: var(--accent); font-weight: 550; }
details[open] summary { margin-bottom: 1rem; }
pre { margin: 0; padding: 1rem; overflow-x: auto; border-radius: 10px; background: var(--paper); font: 0.8125rem / 1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
@media (max-width: 46rem) {
  header, main, footer { width: min(100% - 2rem, 68rem); }
  header { padding-block: 2rem 1.25rem; }
  section { padding: 1.1rem; }
  .figures th, .figures td { padding-inline: 0.4rem; }
}
@media print { section { break-inside: avoid; } audio { display: none; } }
`;
